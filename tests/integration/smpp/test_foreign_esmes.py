"""ESMEs that others wrote, bound to our server: messages and receipts both ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import smpplib.client
import smpplib.exceptions
from aiosmpplib import ESME, NPI, TON, AbstractHook, PhoneNumber
from aiosmpplib.protocol import DeliverSm as TheirDeliverSm
from aiosmpplib.protocol import SmppMessage
from aiosmpplib.protocol import SubmitSm as TheirSubmitSm
from aiosmpplib.protocol import SubmitSmResp as TheirSubmitSmResp

from smsc.smpp.pdu import (
    BindType,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    SubmitSm,
    Tag,
)
from tests.integration.smpp.owners import PASSWORD, Smsc, eventually, serving

RECEIPT = DeliverSm(
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr="85512345678",
    destination_addr="1000",
    esm_class=4,
    short_message=(
        b"id:id-hello sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 "
        b"stat:DELIVRD err:000 text:hello"
    ),
    tlvs={Tag.RECEIPTED_MESSAGE_ID: b"id-hello\0", Tag.MESSAGE_STATE: b"\x02"},
)


class SmpplibEsme:
    """smpplib's client; each call blocks and is made in a thread."""

    def __init__(self, port: int) -> None:
        self.client = smpplib.client.Client(
            "127.0.0.1", port, timeout=5, allow_unknown_opt_params=True
        )
        self.delivered: list[smpplib.command.Command] = []
        self.sent: list[bytes] = []
        self.client.set_message_received_handler(self._received)
        self.client.set_message_sent_handler(lambda pdu: self.sent.append(pdu.message_id))

    def _received(self, pdu: "smpplib.command.Command") -> int:
        self.delivered.append(pdu)
        return 0

    async def bind(self, how: str = "bind_transceiver", password: str = PASSWORD) -> None:
        await asyncio.to_thread(self.client.connect)
        bind = getattr(self.client, how)
        await asyncio.to_thread(bind, system_id="smpplib", password=password)

    async def send(self, text: str) -> None:
        def send() -> None:
            self.client.send_message(
                source_addr="1000",
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr="85512345678",
                short_message=text.encode(),
                registered_delivery=1,
            )

        await asyncio.to_thread(send)

    async def read(self) -> None:
        await asyncio.to_thread(self.client.read_once)

    async def leave(self) -> None:
        await asyncio.to_thread(self.client.unbind)

    async def hang_up(self) -> None:
        await asyncio.to_thread(self.client.disconnect)


@asynccontextmanager
async def smpplib_esme(port: int) -> AsyncIterator[SmpplibEsme]:
    esme = SmpplibEsme(port)
    try:
        yield esme
    finally:
        await esme.hang_up()


async def test_smpplib_submits_and_gets_its_receipt() -> None:
    smsc = Smsc()
    async with serving(smsc) as server, smpplib_esme(server.port) as esme:
        await esme.bind()
        await esme.send("hello")
        await esme.read()
        assert esme.sent == [b"id-hello"]
        (submitted,) = smsc.pdus
        assert isinstance(submitted, SubmitSm)
        assert (submitted.source_addr, submitted.registered_delivery) == ("1000", 1)

        (session,) = smsc.sessions
        assert session.deliver([("receipt", RECEIPT)]) == 1
        await esme.read()
        (delivered,) = esme.delivered
        assert delivered.short_message == RECEIPT.short_message
        assert delivered.receipted_message_id == b"id-hello"
        await eventually(lambda: smsc.results)
        ((key, response),) = smsc.results
        assert (key, type(response), response.command_status) == ("receipt", DeliverSmResp, 0)

        await esme.leave()
        await eventually(lambda: smsc.ends == ["the peer unbound"])


@pytest.mark.parametrize(
    ("how", "bind_type"),
    [("bind_transmitter", BindType.TRANSMITTER), ("bind_receiver", BindType.RECEIVER)],
)
async def test_smpplib_binds_one_way(how: str, bind_type: BindType) -> None:
    smsc = Smsc()
    async with serving(smsc) as server, smpplib_esme(server.port) as esme:
        await esme.bind(how)
        await eventually(lambda: smsc.sessions)
        assert smsc.sessions[0].bind_type is bind_type
        await esme.leave()


async def test_smpplib_is_told_of_a_wrong_password() -> None:
    async with serving(Smsc()) as server, smpplib_esme(server.port) as esme:
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            await esme.bind(password="wrong")
        assert refused.value.args[1] == CommandStatus.ESME_RINVPASWD


async def test_smpplib_is_told_of_a_refused_message() -> None:
    smsc = Smsc(status=CommandStatus.ESME_RTHROTTLED)
    async with serving(smsc) as server, smpplib_esme(server.port) as esme:
        await esme.bind()
        await esme.send("hello")
        with pytest.raises(smpplib.exceptions.PDUError) as refused:
            await esme.read()
        assert refused.value.args[1] == CommandStatus.ESME_RTHROTTLED
        await esme.leave()


class Hook(AbstractHook):  # type: ignore[misc]  # untyped
    """Writes down what aiosmpplib received."""

    def __init__(self) -> None:
        self.received_messages: list[SmppMessage] = []
        self.errors: list[Exception] = []

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing to note."""

    async def received(
        self, smpp_message: SmppMessage | None, _pdu: bytes, _client_id: str
    ) -> None:
        if smpp_message is not None:
            self.received_messages.append(smpp_message)

    async def send_error(
        self, _smpp_message: SmppMessage, error: Exception, _client_id: str
    ) -> None:
        self.errors.append(error)

    def of(self, shape: type[SmppMessage]) -> list[SmppMessage]:
        return [message for message in self.received_messages if type(message) is shape]


async def test_aiosmpplib_submits_and_gets_its_receipt() -> None:
    smsc, hook = Smsc(), Hook()
    async with serving(smsc) as server:
        esme = ESME("127.0.0.1", server.port, "aiosmpp", PASSWORD, hook=hook, log_level="ERROR")
        running = asyncio.create_task(esme.start())
        try:
            await eventually(lambda: smsc.sessions)
            writer = esme._writer  # its stop leaves it unclosed
            await esme.broker.enqueue(
                TheirSubmitSm(
                    short_message="hello",
                    source=PhoneNumber("1000"),
                    destination=PhoneNumber("85512345678", TON.INTERNATIONAL, NPI.ISDN),
                    log_id="1",
                )
            )
            await eventually(lambda: hook.of(TheirSubmitSmResp))
            (response,) = hook.of(TheirSubmitSmResp)
            assert response.message_id == "id-hello"
            assert smsc.pdus[0].message_octets == b"hello"

            smsc.sessions[0].deliver([("receipt", RECEIPT)])
            await eventually(lambda: hook.of(TheirDeliverSm))
            (receipt,) = hook.of(TheirDeliverSm)
            assert receipt.is_receipt()
            assert receipt.parse_receipt()["stat"] == "DELIVRD"
            await eventually(lambda: smsc.results)
            ((key, answer),) = smsc.results
            assert (key, type(answer), answer.command_status) == ("receipt", DeliverSmResp, 0)
        finally:
            await esme.stop()
            await asyncio.wait([running], timeout=5)
        writer.close()
    assert hook.errors == []
    assert smsc.ends == ["the peer unbound"]
