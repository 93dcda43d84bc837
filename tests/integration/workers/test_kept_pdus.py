"""PDUs that are kept with their messages: of what was never answered, of parts, for a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from smsc.messaging.receiving import inbound
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import Frame, Keeping
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from smsc.smpp.pdu import DeliverSm, SubmitSm, SubmitSmResp, decode, encode
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.workers.test_clock import ticking
from tests.integration.workers.test_gateway_process import has_status, point_at, running, until


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox(Behaviour()) as box:
        yield box


async def kept(house: House) -> list[tuple[str, str, bytes]]:
    rows = await house.rows("SELECT message_sid, direction, pdu FROM kept_pdus ORDER BY id")
    return cast("list[tuple[str, str, bytes]]", rows)


async def test_the_octets_are_those_of_the_wire(house: House, redis_url: str, box: SimBox) -> None:
    await point_at(house, box, pdu_hours=1)
    message = await house.accept(body="hello")
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "delivered"))
    (submitted,) = box.submits
    (submit, response, receipt) = await kept(house)
    assert submit == (message.sid, "out", encode(submitted.pdu))
    assert response[:2] == (message.sid, "in")
    answer = decode(response[2])
    assert answer == SubmitSmResp(submitted.pdu.sequence_number, 0, submitted.message_id)
    assert receipt[:2] == (message.sid, "in")
    assert isinstance(decode(receipt[2]), DeliverSm)


async def test_what_was_never_answered_is_kept_too(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour(swallow_responses=True, receipts=False)) as box:
        await point_at(house, box, pdu_hours=1, in_doubt_policy="hold")
        message = await house.accept()
        async with running(house, redis_url):

            async def is_submitted() -> bool:
                return bool(box.submits)

            await until(is_submitted)
            await box.stop()

            async def is_kept() -> bool:
                return bool(await kept(house))

            await until(is_kept)
    ((sid, direction, octets),) = await kept(house)
    assert (sid, direction) == (message.sid, "out")
    assert isinstance(decode(octets), SubmitSm)


async def test_the_parts_of_an_inbound_message_are_kept_with_it(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box, pdu_hours=1)
    async with running(house, redis_url):
        await box.handset(HANDSET).send(NUMBER, "ж" * 100)
        await box.handset(HANDSET).send(NUMBER, "short")
    long, short = await house.rows("SELECT sid FROM messages ORDER BY num_segments DESC")
    assert [row[:2] for row in await kept(house)] == [
        (*long, "in"),
        (*long, "in"),
        (*short, "in"),
    ]


async def test_parts_that_came_apart_are_kept_with_what_is_delivered_in_the_end(
    house: House,
) -> None:
    part = ReceivedPart(
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=HANDSET,
        destination_addr=NUMBER,
        data_coding=0,
        default_alphabet=Alphabet.GSM7,
        part=Part(7, 8, 2, 1, b"half"),
        pdu=b"half",
    )
    frame = Frame("in", b"octets", datetime.now(UTC), 1)
    async with house.database.begin() as connection:
        await inbound.take(connection, house.directory, [part])
        await kept_pdus.keep(connection, [Keeping(house.connector_sid, None, frame, part.thread)])
    await house.value("UPDATE inbound_parts SET received_at = now() - interval '11 minutes'")
    await inbound.take_overdue(house.database, house.directory)
    ((sid,),) = await house.rows("SELECT sid FROM messages")
    assert await kept(house) == [(sid, "in", b"octets")]


async def test_the_clock_removes_what_was_kept_long_enough(house: House) -> None:
    async with house.database.begin() as connection:
        for octets, hours in ((b"old", 0), (b"new", 1)):
            frame = Frame("in", octets, datetime.now(UTC), hours)
            await kept_pdus.keep(connection, [Keeping(house.connector_sid, None, frame)])
    async with ticking(house), asyncio.timeout(15):
        while len(await kept(house)) > 1:
            await asyncio.sleep(0.01)
    assert [row[2] for row in await kept(house)] == [b"new"]


async def test_a_receipt_that_overtook_its_response_is_kept_with_its_message(
    house: House, redis_url: str
) -> None:
    behaviour = Behaviour(
        receipt_before_response=True,
        receipt_delay=timedelta(0),
        response_delay=timedelta(milliseconds=100),
    )
    async with SimBox(behaviour) as box:
        await point_at(house, box, pdu_hours=1)
        message = await house.accept()
        async with running(house, redis_url):
            await until(lambda: has_status(house, message.sid, "delivered"))
    rows = await kept(house)
    assert {sid for sid, _, _ in rows} == {message.sid}
    commands = [type(decode(octets)) for _, direction, octets in rows if direction == "in"]
    assert commands == [DeliverSm, SubmitSmResp]
