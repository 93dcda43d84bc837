"""A message that waits longer than it may is failed with 30036."""

from datetime import UTC, datetime, timedelta

from smsc.messaging.sending import dispatch, validity
from smsc.messaging.sending.dispatch import QueueCursor
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.messaging.sending.submit import to_submits
from tests.integration.conftest import OWNER, House

MINUTE = timedelta(minutes=1)


async def outcome(house: House, sid: str) -> tuple[object, ...]:
    (row,) = await house.rows("SELECT status, error_code FROM messages WHERE sid = $1", sid)
    return row


async def overdue(house: House) -> None:
    await house.value("UPDATE message_deadlines SET expires_at = now() - interval '1 second'")


async def test_what_waited_longer_than_its_validity_period_fails(house: House) -> None:
    short = await house.accept(validity=MINUTE, status_callback="http://127.0.0.1/callback")
    other = await house.accept(validity=MINUTE * 600)
    assert await validity.expire(house.database) == []
    await house.value(
        "UPDATE message_deadlines SET expires_at = now() WHERE message_sid = $1", short.sid
    )
    (changed,) = await validity.expire(house.database)
    assert (changed.message_sid, changed.has_webhook) == (short.sid, True)
    assert await outcome(house, short.sid) == ("failed", 30036)
    assert await outcome(house, other.sid) == ("queued", None)
    assert await house.rows("SELECT message_sid FROM queue") == [(other.sid,)]
    assert await house.rows("SELECT event, error_code FROM webhooks") == [("failed", 30036)]


async def test_a_message_without_a_period_has_no_deadline_row(house: House) -> None:
    await house.accept()
    assert await house.value("SELECT count(*) FROM message_deadlines") == 0


async def test_what_is_in_flight_at_its_deadline_is_looked_at_again(house: House) -> None:
    message = await house.accept(validity=MINUTE)
    claims = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    await overdue(house)
    assert await validity.expire(house.database) == []
    async with house.database.begin() as connection:
        await dispatch.put_back(
            connection, house.lease, [(c.message_sid, c.number) for c in claims]
        )
    await overdue(house)
    await validity.expire(house.database)
    assert await outcome(house, message.sid) == ("failed", 30036)
    assert await house.value("SELECT count(*) FROM message_deadlines") == 0


async def test_what_was_sent_in_time_is_left_alone(house: House) -> None:
    message = await house.accept(validity=MINUTE)
    (claim,) = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    answer = Answer(
        house.connector_sid, message.sid, 1, house.lease.epoch, 0, "a1", datetime.now(UTC)
    )
    async with house.database.begin() as connection:
        await record_responses(connection, [answer])
    await overdue(house)
    assert await validity.expire(house.database) == []
    assert await outcome(house, message.sid) == ("sent", None)
    assert to_submits([claim], claim.queued_at)[0].validity_period == "000000000100000R"


async def test_what_names_no_period_fails_after_ten_hours(house: House) -> None:
    old = await house.accept(body="ж" * 100)
    young = await house.accept()
    await house.value(
        "UPDATE queue SET queued_at = now() - interval '601 minutes' WHERE message_sid = $1",
        old.sid,
    )
    await house.value(
        "UPDATE queue SET queued_at = now() - interval '599 minutes' WHERE message_sid = $1",
        young.sid,
    )
    assert [c.message_sid for c in await validity.expire_oldest(house.database)] == [old.sid]
    assert await outcome(house, old.sid) == ("failed", 30036)
    assert await outcome(house, young.sid) == ("queued", None)
