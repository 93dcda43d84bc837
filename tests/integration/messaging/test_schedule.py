"""Scheduled messages: nothing until they are due, then a look at everything, then the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.errors import SchedulingNeedsService
from smsc.errors.services import SendAtOutOfRange, TooManyScheduled
from smsc.messaging.accept import sources
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.sending import dispatch, schedule, validity
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.responses import cancel_waiting
from smsc.messaging.sending.schedule import Released, Schedule
from tests.integration.conftest import HANDSET, NUMBER, OWNER, House
from tests.integration.messaging.services import add_service, schedule_one, send
from tests.integration.workers.parts import add_credential


async def make_due(house: House) -> Released:
    await house.value("UPDATE scheduled_messages SET send_at = now() - interval '1 second'")
    house.directory.clear()
    return await Schedule(house.database, house.directory, house.outbound).release()


async def outcome(house: House, message: Accepted) -> tuple[object, ...]:
    (row,) = await house.rows(
        "SELECT status, from_, error_code FROM messages WHERE sid = $1", message.sid
    )
    return row


async def test_until_it_is_due_nothing_happens(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER))
    released = await Schedule(house.database, house.directory, house.outbound).release()
    assert released == Released(0, 0)
    assert await outcome(house, message) == ("scheduled", "", None)
    assert await house.value("SELECT count(*) FROM queue") == 0


async def test_what_is_due_is_queued_with_each_of_its_segments(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER), body="ж" * 100)
    assert await make_due(house) == Released(1, 0)
    assert await outcome(house, message) == ("queued", NUMBER, None)
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    assert [(claim.message_sid, claim.number) for claim in claims] == [
        (message.sid, 1),
        (message.sid, 2),
    ]
    assert await house.value("SELECT count(*) FROM scheduled_messages") == 0
    assert await make_due(house) == Released(0, 0)


async def test_its_place_in_the_queue_is_known_afterwards(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER))
    await make_due(house)
    async with house.database.begin() as connection:
        assert len(await cancel_waiting(connection, [message.sid], "a test")) == 1


async def test_its_validity_begins_when_it_is_queued(house: House) -> None:
    service = await add_service(house, NUMBER)
    message = await schedule_one(house, service, validity=timedelta(minutes=1))
    assert await house.value("SELECT count(*) FROM message_deadlines") == 0
    await make_due(house)
    await house.value("UPDATE message_deadlines SET expires_at = now()")
    await validity.expire(house.database)
    assert await outcome(house, message) == ("failed", NUMBER, 30036)


async def test_a_canceled_message_is_never_sent(house: House) -> None:
    service = await add_service(house, NUMBER)
    message = await schedule_one(house, service, status_callback="http://127.0.0.1/told")
    assert await schedule.cancel(house.database, house.account.sid, message.sid)
    assert not await schedule.cancel(house.database, house.account.sid, message.sid)
    assert await make_due(house) == Released(0, 0)
    assert await outcome(house, message) == ("canceled", "", None)
    assert await house.rows("SELECT event FROM webhooks") == [("canceled",)]


async def test_the_esme_that_scheduled_a_message_is_told_that_it_was_canceled(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER))
    credential = await add_credential(house)
    await house.value(
        "UPDATE messages SET smpp_credential_sid = $1, registered_delivery = 1", credential.sid
    )
    assert await schedule.cancel(house.database, house.account.sid, message.sid)
    owed = await house.rows("SELECT smpp_credential_sid, kind, status FROM esme_deliveries")
    assert owed == [(credential.sid, "receipt", "canceled")]


async def test_one_that_breaks_does_not_hold_up_the_others(house: House) -> None:
    service = await add_service(house, NUMBER)
    broken, sound = [await schedule_one(house, service) for _ in range(2)]
    await house.value("UPDATE messages SET lane = 9 WHERE sid = $1", broken.sid)  # there is none
    assert await make_due(house) == Released(1, 1)
    assert await outcome(house, broken) == ("failed", "", 30008)
    assert (await outcome(house, sound))[0] == "queued"


async def test_what_is_queued_cannot_be_canceled(house: House) -> None:
    message = await send(house, await add_service(house, NUMBER))
    assert not await schedule.cancel(house.database, house.account.sid, message.sid)
    assert (await outcome(house, message))[0] == "queued"


async def test_who_opts_out_meanwhile_gets_nothing(house: House) -> None:
    service = await add_service(house, NUMBER)
    message = await schedule_one(house, service, status_callback="http://127.0.0.1/told")
    await house.value(
        """INSERT INTO opt_outs (sid, account_sid, scope, handset, carrier_sid, source)
           VALUES ('OO1', $1, $2, $3, $4, 'api')""",
        house.account.sid,
        service,
        HANDSET,
        house.account.carrier_sid,
    )
    assert await make_due(house) == Released(0, 1)
    assert await outcome(house, message) == ("failed", "", 21610)
    assert await house.rows("SELECT event, error_code FROM webhooks") == [("failed", 21610)]


async def test_a_service_that_is_gone_meanwhile_fails_it(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER))
    await house.value("DELETE FROM messaging_services")
    assert await make_due(house) == Released(0, 1)
    assert await outcome(house, message) == ("failed", "", 21701)


async def test_a_suspended_account_sends_nothing(house: House) -> None:
    message = await schedule_one(house, await add_service(house, NUMBER), body="ж" * 100)
    await house.value("UPDATE accounts SET status = 'suspended'")
    assert await make_due(house) == Released(0, 1)
    assert await outcome(house, message) == ("failed", "", 30002)


async def test_an_account_schedules_so_many_and_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_SCHEDULED", 1)
    service = await add_service(house, NUMBER)
    await schedule_one(house, service)
    house.directory.clear()
    with pytest.raises(TooManyScheduled):
        await schedule_one(house, service)
    await send(house, service)


@pytest.mark.parametrize("seconds", [299, 35 * 86_400 + 60], ids=["too soon", "too late"])
async def test_a_time_out_of_range_is_refused(house: House, seconds: int) -> None:
    service = await add_service(house, NUMBER)
    with pytest.raises(SendAtOutOfRange):
        await send(house, service, send_at=datetime.now(UTC) + timedelta(seconds=seconds))


async def test_scheduling_needs_a_service(house: House) -> None:
    with pytest.raises(SchedulingNeedsService):
        await house.accept(send_at=datetime.now(UTC) + timedelta(hours=1))
