"""What a bind of each version of SMPP says, and what it keeps to itself."""

import pytest

from smsc.smpp.pdu import Bind, BindResp, SubmitSm, Tag
from tests.integration.smpp.owners import Customer, binding, config, eventually
from tests.integration.smpp.raw_peer import answering

RICH = SubmitSm(short_message=b"hi", tlvs={Tag.USER_MESSAGE_REFERENCE: b"\0\1", 0x1401: b"7"})
LONG = SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"nowhere else"})


@pytest.mark.parametrize(
    ("version", "tlvs"),
    [(0x33, {}), (0x34, RICH.tlvs), (0x50, RICH.tlvs)],
    ids=["3.3", "3.4", "5.0"],
)
async def test_only_from_3_4_on_optional_parameters_are_sent(
    version: int, tlvs: dict[int, bytes]
) -> None:
    customer = Customer()
    async with (
        answering() as (port, peers),
        binding(customer, config(port, interface_version=version)) as esme,
    ):
        peer = await peers.get()
        bind = await peer.read()
        assert isinstance(bind, Bind)
        assert bind.interface_version == version
        peer.write(BindResp(bind.sequence_number))
        await eventually(lambda: esme.capacity(0) > 0, "the bind")
        assert esme.submit([("rich", RICH), ("long", LONG)]) == 2
        rich, long = await peer.read(), await peer.read()
        assert isinstance(rich, SubmitSm)
        assert isinstance(long, SubmitSm)
        assert (rich.short_message, rich.tlvs) == (b"hi", tlvs)
        assert long.message_octets == b"nowhere else"
        peer.writer.transport.abort()
