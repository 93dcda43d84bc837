"""Traffic is counted by the hour, once; pages and usage say the same before and after."""

from datetime import UTC, datetime, timedelta

from smsc import sids
from smsc.messaging import edits, traffic_hours
from smsc.messaging.reading import charts, overview
from smsc.models import Role
from smsc.provisioning.reach import Reach
from tests.integration.conftest import House
from tests.integration.messaging.test_billing import put_price
from tests.integration.messaging.test_usage import used

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
BEFORE = NOW.replace(minute=10) - HOUR

LATER = NOW + 2 * HOUR  # what may change is due again, and so is what is reopened at any now


async def send(house: House, at: datetime, status: str = "delivered", seconds: int = 3) -> str:
    """Leave a message of a moment, delivered so many seconds later."""
    message = await house.accept(to="+85512345678")
    sid = sids.first_of(sids.Prefix.MESSAGE, at)[:14] + message.sid[14:]
    await house.value(
        "UPDATE messages SET sid = $1, created_at = $2, updated_at = $3, status = $4 "
        "WHERE sid = $5",
        *(sid, at, at + timedelta(seconds=seconds), status, message.sid),
    )
    await house.value("ALTER TABLE ledger DISABLE TRIGGER never_changed")
    await house.value("UPDATE ledger SET created_at = $1 WHERE message_sid = $2", at, message.sid)
    return sid


async def count(house: House, now: datetime = NOW) -> None:
    """Count all hours that are over, from those of yesterday on."""
    await house.value("UPDATE carriers SET created_at = $1", NOW - timedelta(days=1))
    while await traffic_hours.count_next(house.database, now):
        pass


async def told(house: House) -> object:
    """Return all that pages and bills say."""
    reach = Reach(house.account.carrier_sid, Role.MEMBER)
    day = await charts.last_day(house.database, reach, NOW)
    since = NOW.replace(minute=5) - 2 * HOUR
    return (
        await used(house),
        day,
        await overview.traffic(house.database, reach, since, NOW),
    )


async def hours_counted(house: House) -> object:
    return await house.value("SELECT count(*) FROM traffic_hours")


async def test_what_is_told_is_the_same_once_an_hour_is_counted(house: House) -> None:
    await put_price(house, "0.05")
    for at in (BEFORE, BEFORE, BEFORE - HOUR, NOW):
        await send(house, at)
    await send(house, BEFORE, status="failed")
    await send(house, BEFORE - 2 * HOUR, status="sent")
    before = await told(house)
    await count(house)
    assert await hours_counted(house) == 3
    assert await told(house) == before
    await send(house, NOW)
    assert await told(house) != before


async def test_an_hour_is_counted_again_while_its_messages_may_change(house: House) -> None:
    await put_price(house, "0.05")
    sid = await send(house, BEFORE, status="sending")
    await count(house)
    await house.value("UPDATE messages SET status = 'failed' WHERE sid = $1", sid)
    assert await house.value("SELECT is_settled FROM traffic_hours") is False
    await count(house, LATER)
    assert await house.value("SELECT is_settled AND recount_at IS NULL FROM traffic_hours")
    assert await house.value("SELECT sent ->> 'failed' FROM traffic_hours") == "1"


async def test_usage_counts_the_messages_of_an_hour_that_may_still_fail(house: House) -> None:
    sid = await send(house, BEFORE, status="sending")
    await count(house)
    before = await used(house)
    await house.value("UPDATE messages SET status = 'failed' WHERE sid = $1", sid)
    assert sum(messages for messages, _, _ in before.values()) == 1
    assert await used(house) == {}


async def test_a_deleted_message_of_a_counted_hour_is_used_once(house: House) -> None:
    sid = await send(house, BEFORE)
    await send(house, BEFORE)
    await count(house)
    before = await used(house)
    await edits.delete(house.database, house.account.sid, sid)
    assert await used(house) == before
    await count(house, LATER)
    assert await used(house) == before
    assert await house.value("SELECT sent ->> 'delivered' FROM traffic_hours") == "1"


async def test_the_hour_of_a_message_alone_is_gone_once_it_is_deleted(house: House) -> None:
    sid = await send(house, BEFORE)
    await count(house)
    await edits.delete(house.database, house.account.sid, sid)
    await count(house, LATER)
    assert await hours_counted(house) == 0


async def test_an_hour_waits_for_what_is_being_committed_in_it(house: House) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    async with house.database.begin() as connection:
        await connection.execute("SELECT 1")
        await count(house, now + traffic_hours.GRACE)
        assert await house.value("SELECT max(through) FROM traffic_through") == now - HOUR
        await count(house, now + traffic_hours.LATE)
        assert await house.value("SELECT max(through) FROM traffic_through") == now


async def test_half_of_the_messages_took_at_most_the_median(house: House) -> None:
    for seconds in (1, 2, 4, 8, 900):
        await send(house, BEFORE, seconds=seconds)
    await count(house)
    day = await charts.last_day(house.database, Reach(house.account.carrier_sid, Role.MEMBER), NOW)
    assert day.seconds_to_deliver is not None
    assert abs(day.seconds_to_deliver - 4) < 0.12
