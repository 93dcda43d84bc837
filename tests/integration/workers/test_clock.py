"""What the clock does by itself: overdue parts, the dead, and rows that nobody will ask for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from smsc.messaging import processes
from smsc.messaging.receiving import inbound
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.statuses import Advance, advance
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import Part
from smsc.webhooks import claiming
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.services import add_service, schedule_one
from tests.integration.workers.parts import add_credential, until
from workers.clock import Clock
from workers.glances import Glances

ONE, TWO = (f"WP{digit * 32}" for digit in "12")


@contextlib.asynccontextmanager
async def ticking(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(
        Clock(house.database, house.directory, house.bells, Glances(house.database)).run()
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def take_part(house: House, number: int, payload: bytes) -> None:
    part = ReceivedPart(
        connector_sid=house.connector_sid,
        carrier_sid=house.account.carrier_sid,
        source_addr=HANDSET,
        destination_addr=NUMBER,
        data_coding=0,
        default_alphabet=Alphabet.GSM7,
        part=Part(7, 8, 3, number, payload),
        pdu=payload,
    )
    async with house.database.begin() as connection:
        await inbound.take(connection, house.directory, [part])


async def test_scheduled_messages_leave_when_they_are_due(house: House) -> None:
    service = await add_service(house, NUMBER)
    for number in range(3):
        await schedule_one(house, service, body=str(number))
    await house.value("UPDATE scheduled_messages SET send_at = now() + interval '200 milliseconds'")
    async with ticking(house):
        await until(lambda: is_empty(house, "scheduled_messages"))
    assert await house.rows("SELECT DISTINCT status FROM messages") == [("queued",)]
    assert await house.value("SELECT count(*) FROM queue") == 3


async def test_what_outlived_its_validity_is_failed_by_the_clock(house: House) -> None:
    message = await house.accept(validity=timedelta(seconds=1))
    async with ticking(house):
        await until(lambda: is_empty(house, "queue"))
    assert await house.status(message.sid) == "failed"


async def is_empty(house: House, table: str) -> bool:
    return await house.value(f"SELECT count(*) FROM {table}") == 0


async def test_parts_whose_siblings_never_came_are_delivered_as_they_are(house: House) -> None:
    credential = await add_credential(house)
    await take_part(house, 3, b"end")
    await take_part(house, 1, b"start ")
    assert await house.value("SELECT count(*) FROM messages") == 0
    await house.value("UPDATE inbound_parts SET received_at = now() - interval '11 minutes'")
    async with ticking(house):
        await until(lambda: has_message(house))
    assert await house.rows("SELECT body, partial, num_segments, status FROM messages") == [
        ("start end", True, 2, "received")
    ]
    assert await house.value("SELECT count(*) FROM inbound_parts") == 0
    assert await house.value("SELECT event FROM webhooks") == "received"
    assert await house.value("SELECT smpp_credential_sid FROM esme_deliveries") == credential.sid


async def has_message(house: House) -> bool:
    return await house.value("SELECT count(*) FROM messages") == 1


async def test_parts_in_their_time_are_waited_for(house: House) -> None:
    await take_part(house, 1, b"start ")
    taken = await inbound.take_overdue(house.database, house.directory)
    assert (taken.messages, await house.value("SELECT count(*) FROM inbound_parts")) == (0, 1)


async def test_a_dead_process_s_claims_are_freed_and_a_living_one_s_kept(house: House) -> None:
    for _ in range(2):
        message = await house.accept(status_callback="http://127.0.0.1/")
        async with house.database.begin() as connection:
            await advance(connection, [Advance(message_sid=message.sid, sent=1)])
    for process in (ONE, TWO):
        await processes.beat(house.database, process, "webhooks")
        assert len((await claiming.claim(house.database, process, 1)).webhooks) == 1
    await house.value(
        "UPDATE worker_processes SET seen_at = now() - interval '11 seconds' WHERE sid = $1", ONE
    )
    async with ticking(house):
        await until(lambda: is_buried(house))
    assert await house.rows("SELECT claimed_by FROM webhooks ORDER BY claimed_by NULLS FIRST") == [
        (None,),
        (TWO,),
    ]
    assert await house.rows("SELECT sid FROM worker_processes") == [(TWO,)]


async def is_buried(house: House) -> bool:
    return await house.value("SELECT count(*) FROM worker_processes") == 1


async def test_who_leaves_gives_back_what_it_claimed(house: House) -> None:
    message = await house.accept(status_callback="http://127.0.0.1/")
    async with house.database.begin() as connection:
        await advance(connection, [Advance(message_sid=message.sid, sent=1)])
    await processes.beat(house.database, ONE, "webhooks")
    await processes.beat(house.database, ONE, "webhooks")
    await claiming.claim(house.database, ONE, 1)
    await processes.leave(house.database, ONE)
    assert await house.rows("SELECT claimed_by, due_at <= now() FROM webhooks") == [(None, True)]
    assert await house.value("SELECT count(*) FROM worker_processes") == 0


async def test_a_receipt_that_no_segment_claims_ends_in_quarantine(house: House) -> None:
    await house.value(
        """INSERT INTO parked_receipts (carrier_sid, connector_sid, keys, source_addr,
             destination_addr, state, raw_state, raw, parked_at)
           SELECT $1, $2, '{a}', '', '', 2, 'DELIVRD', raw::bytea, now() - age
           FROM (VALUES ('old', interval '8 days'), ('new', interval '1 day')) AS r (raw, age)""",
        house.account.carrier_sid,
        house.connector_sid,
    )
    async with ticking(house):
        await until(lambda: has_quarantined(house))
    assert await house.rows("SELECT pdu FROM quarantine") == [(b"old",)]
    assert await house.rows("SELECT raw FROM parked_receipts") == [(b"new",)]


async def has_quarantined(house: House) -> bool:
    return await house.value("SELECT count(*) FROM quarantine") == 1
