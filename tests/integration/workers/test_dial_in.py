"""Devices that dial in: they bind to our listener, and serve as any connector does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from smsc import sids
from smsc.messaging import processes
from smsc.messaging.sending import leases, tending
from smsc.smpp.lockout import Lockout
from smsc.smpp.pdu import (
    Bind,
    BindResp,
    BindType,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    decode,
)
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp.raw_peer import RawPeer, calling
from tests.integration.workers.parts import until
from tests.integration.workers.test_gateway_channels import add_channel
from workers.dial_in import DialIns
from workers.gateway import Gateway
from workers.listener import Listener


@asynccontextmanager
async def listening(
    house: House, redis_url: str, lockout: Lockout | None = None
) -> AsyncIterator[int]:
    """A `workers listener` of its own name, in this event loop; yields its port."""
    sid = sids.make(sids.Prefix.PROCESS)
    await processes.beat(house.database, sid, "listener")
    gateway = Gateway(
        sid, house.database, house.directory, house.bells, house.vault, redis_url, dials=False
    )
    devices = DialIns(house.database, house.vault, gateway)
    listener = Listener(
        sid, house.database, house.directory, house.bells, house.outbound, lockout, dial_ins=devices
    )
    await listener.listen("127.0.0.1", 0)
    tasks = [asyncio.create_task(gateway.run()), asyncio.create_task(listener.run())]
    try:
        yield listener.port
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await processes.leave(house.database, sid)


async def dials_in(house: House, **changes: object) -> None:
    """Let the fixture's connector be one whose device dials in."""
    assignments = "".join(f", {column} = ${n}" for n, column in enumerate(changes, start=1))
    async with house.database.begin() as connection:
        await connection.execute(
            f"UPDATE connectors SET dials_in = true{assignments}", *changes.values()
        )
        await connection.execute("UPDATE connector_leases SET owner = NULL, expires_at = now()")


async def bind(
    device: RawPeer,
    system_id: str = "user",
    password: str = "secret",  # noqa: S107 the fixture's
    bind_type: BindType = BindType.TRANSCEIVER,
) -> int:
    """Bind; return the answer's status."""
    device.write(Bind(1, bind_type=bind_type, system_id=system_id, password=password))
    answer = await device.read()
    assert isinstance(answer, BindResp)
    return answer.command_status


async def has_status(house: House, sid: str, status: str) -> bool:
    return await house.status(sid) == status


def receipt(message_id: str) -> bytes:
    return f"id:{message_id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()


@pytest.mark.parametrize("pdu", ["deliver_sm", "submit_sm"])
async def test_a_device_is_sent_its_messages_and_reports_on_them_and_its_pdus_are_kept(
    house: House, redis_url: str, pdu: str
) -> None:
    await dials_in(house, dial_in_pdu=pdu, pdu_hours=1)
    message = await house.accept(body="flood warning")
    async with listening(house, redis_url) as port, calling(port, bind=False) as device:
        assert await bind(device) == 0
        sent = await device.read()
        assert isinstance(sent, DeliverSm if pdu == "deliver_sm" else SubmitSm)
        assert (sent.destination_addr, sent.short_message) == (HANDSET[1:], b"flood warning")
        respond = DeliverSmResp if pdu == "deliver_sm" else SubmitSmResp
        device.write(respond(sent.sequence_number, 0, "77"))
        await until(lambda: has_status(house, message.sid, "sent"))
        facts = {"source_addr": HANDSET[1:], "destination_addr": NUMBER[1:], "esm_class": 4}
        device.write(SubmitSm(5, **facts, short_message=receipt("77")))  # type: ignore[arg-type]
        answer = await device.read()
        assert isinstance(answer, SubmitSmResp)
        assert (answer.sequence_number, answer.command_status) == (5, 0)
        assert answer.message_id
    assert await house.status(message.sid) == "delivered"
    kept = await house.rows("SELECT message_sid, direction, pdu FROM kept_pdus ORDER BY id")
    assert [row[:2] for row in kept] == [(message.sid, way) for way in ("out", "in", "in")]
    assert [type(decode(cast("bytes", row[2]))) for row in kept] == [type(sent), respond, SubmitSm]


async def test_without_an_id_in_the_response_a_message_stays_sent_and_no_receipt_is_guessed_to_it(
    house: House, redis_url: str
) -> None:
    await dials_in(house)
    message = await house.accept()
    async with listening(house, redis_url) as port, calling(port, bind=False) as device:
        await bind(device)
        sent = await device.read()
        device.write(DeliverSmResp(sent.sequence_number))
        await until(lambda: has_status(house, message.sid, "sent"))
        facts = {"source_addr": HANDSET[1:], "destination_addr": NUMBER[1:], "esm_class": 4}
        device.write(SubmitSm(5, **facts, short_message=receipt("77")))  # type: ignore[arg-type]
        assert (await device.read()).command_status == 0
    assert await house.status(message.sid) == "sent"
    assert await house.rows("SELECT message_id, raw_state FROM parked_receipts") == [
        ("77", "DELIVRD")
    ]


@pytest.mark.parametrize("pdu", [SubmitSm, DeliverSm])
async def test_what_a_handset_writes_comes_in_by_either_pdu(
    house: House, redis_url: str, pdu: type[SubmitSm] | type[DeliverSm]
) -> None:
    await dials_in(house)
    async with listening(house, redis_url) as port, calling(port, bind=False) as device:
        await bind(device)
        device.write(
            pdu(
                9,
                source_addr=HANDSET[1:],
                source_addr_ton=1,
                destination_addr=NUMBER[1:],
                dest_addr_ton=1,
                short_message=b"where to?",
            )
        )
        answer = await device.read()
        assert type(answer) is (SubmitSmResp if pdu is SubmitSm else DeliverSmResp)
        assert answer.command_status == 0
    assert await house.rows("SELECT direction, from_, to_, body FROM messages") == [
        ("inbound", HANDSET, NUMBER, "where to?")
    ]


async def test_each_line_of_a_device_binds_by_its_own_name(house: House, redis_url: str) -> None:
    await dials_in(house, channel_selection="bind")
    for number in (1, 2):
        await add_channel(house, number)
    async with (
        listening(house, redis_url) as port,
        calling(port, bind=False) as first,
        calling(port, bind=False) as second,
        calling(port, bind=False) as stranger,
    ):
        assert await bind(first, "user01") == 0
        assert await bind(second, "user02") == 0
        assert await bind(stranger, "user03") == CommandStatus.ESME_RINVPASWD


async def test_a_wrong_password_is_refused_as_anybodys(house: House, redis_url: str) -> None:
    await dials_in(house)
    async with listening(house, redis_url) as port, calling(port, bind=False) as device:
        assert await bind(device, password="guess") == CommandStatus.ESME_RINVPASWD
    assert await house.value("SELECT owner FROM connector_leases") is None


async def test_one_process_at_a_time_serves_a_device_and_gives_it_up_when_it_leaves(
    house: House, redis_url: str
) -> None:
    await dials_in(house)
    async with listening(house, redis_url) as one, listening(house, redis_url) as other:
        async with calling(one, bind=False) as device:
            assert await bind(device) == 0
            async with calling(other, bind=False) as elsewhere:
                assert await bind(elsewhere) == CommandStatus.ESME_RALYBND
            async with calling(one, bind=False) as again:
                assert await bind(again) == CommandStatus.ESME_RALYBND

        async def is_free() -> bool:
            reason = await house.value("SELECT reason FROM connector_leases WHERE owner IS NULL")
            return reason == "its device has left"

        await until(is_free)
        async with calling(other, bind=False) as device:
            assert await bind(device) == 0


async def test_what_a_device_leaves_unanswered_is_in_doubt_and_goes_to_its_next_session(
    house: House, redis_url: str
) -> None:
    await dials_in(house)
    message = await house.accept()
    async with listening(house, redis_url) as port:
        async with calling(port, bind=False) as device:
            await bind(device)
            assert isinstance(await device.read(), DeliverSm)
        async with calling(port, bind=False) as device:

            async def is_bound() -> bool:
                return await bind(device) == 0

            await until(is_bound)
            sent = await device.read()
            assert isinstance(sent, DeliverSm)
            device.write(DeliverSmResp(sent.sequence_number))
            await until(lambda: has_status(house, message.sid, "sent"))


async def test_a_paused_connectors_device_is_unbound(house: House, redis_url: str) -> None:
    await dials_in(house)
    async with listening(house, redis_url) as port, calling(port, bind=False) as device:
        await bind(device)
        await house.value("UPDATE connectors SET paused = true")
        assert isinstance(await device.read(), Unbind)


async def test_a_gateway_leaves_connectors_alone_whose_devices_dial_in(house: House) -> None:
    await dials_in(house)
    assert await house.value("SELECT count(*) FROM connectors WHERE dials_in") == 1
    assert await leases.take(house.database, "WP" + "1" * 32, 5) == []
    assert (await tending.tend(house.database, "WP" + "1" * 32)).share == 0
