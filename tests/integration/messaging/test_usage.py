"""Usage is exact, whether a day is rolled up, is counted live, or lost messages by deletion."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from smsc import sids
from smsc.billing import usage, usage_rollup
from smsc.billing.usage import Span
from smsc.messaging import edits
from tests.integration.conftest import NUMBER, House
from tests.integration.messaging.services import add_service, schedule_one
from tests.integration.messaging.test_billing import put_price
from tests.integration.messaging.test_schedule import make_due

NOW = datetime.now(UTC)
TODAY = NOW.date()
LEAF = "sms-outbound-longcode"


async def send(house: House, days_ago: int, body: str = "hello", status: str = "sent") -> str:
    """Leave a message of some days ago, with the price that it had."""
    await house.value(
        "UPDATE accounts SET created_at = least(created_at, $1)", NOW - timedelta(days=days_ago)
    )
    message = await house.accept(body=body)
    at = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=days_ago)
    sid = sids.first_of(sids.Prefix.MESSAGE, at)[:14] + message.sid[14:]
    await house.value(
        "UPDATE messages SET sid = $1, created_at = $2, status = $3 WHERE sid = $4",
        *(sid, at, status, message.sid),
    )
    # The ledger is only added to; a test may do what nothing of ours does.
    await house.value("ALTER TABLE ledger DISABLE TRIGGER never_changed")
    await house.value("UPDATE ledger SET created_at = $1 WHERE message_sid = $2", at, message.sid)
    return sid


async def used(house: House, span: Span = Span.DAY) -> dict[date, tuple[int, int, Decimal]]:
    """Return messages, segments and price of each period in which there were some."""
    account, first = [house.account.sid], TODAY - timedelta(days=60)
    found = await usage.records(house.database, account, first, TODAY, span, [LEAF])
    return {
        record.start: (record.used.messages, record.used.segments, record.used.price)
        for record in found
        if record.used.messages or record.used.price
    }


async def through(house: House) -> object:
    return await house.value("SELECT day FROM usage_through")


async def test_a_roll_up_changes_nothing_of_what_is_told(house: House) -> None:
    await put_price(house, "0.05")
    for days_ago, body in ((3, "hello"), (3, "x" * 161), (1, "hello"), (0, "hello")):
        await send(house, days_ago, body)
    before = await used(house), await used(house, Span.ALL)
    assert before[0][TODAY - timedelta(days=3)] == (2, 3, Decimal("0.15"))
    for _ in range(2):
        await usage_rollup.roll_up(house.database, NOW)
        assert (await used(house), await used(house, Span.ALL)) == before
    assert await through(house) in {TODAY - timedelta(days=1), TODAY - timedelta(days=2)}
    assert await house.value("SELECT count(*) FROM usage_days") in {1, 2}  # by the hour of the day
    await send(house, 0)
    assert (await used(house))[TODAY][0] == before[0][TODAY][0] + 1


async def test_a_day_with_a_message_that_may_still_fail_waits_for_it(house: House) -> None:
    await send(house, 9)
    sid = await send(house, 5, status="queued")
    await send(house, 4)
    assert await usage_rollup.roll_up(house.database, NOW) > 0
    assert await through(house) == TODAY - timedelta(days=6)
    assert len(await used(house)) == 3
    await house.value("UPDATE messages SET status = 'failed' WHERE sid = $1", sid)
    await usage_rollup.roll_up(house.database, NOW)
    assert await through(house) != TODAY - timedelta(days=6)
    assert sorted(await used(house)) == [TODAY - timedelta(days=days) for days in (9, 4)]


async def test_a_deleted_message_counts_once_whenever_it_was_deleted(house: House) -> None:
    early, late = await send(house, 5), await send(house, 5)
    before = await used(house)
    await edits.delete(house.database, house.account.sid, early)
    assert await used(house) == before
    await usage_rollup.roll_up(house.database, NOW)
    assert await used(house) == before
    await edits.delete(house.database, house.account.sid, late)
    assert await used(house) == before


async def test_what_was_scheduled_counts_on_the_day_that_it_was_queued(house: House) -> None:
    await schedule_one(house, await add_service(house, NUMBER))
    assert await used(house) == {}
    await make_due(house)
    made_at = NOW - timedelta(days=20)
    await house.value("UPDATE messages SET created_at = $1, queued_at = $2", made_at, NOW)
    assert list(await used(house)) == [TODAY]
    await house.value(
        "UPDATE messages SET queued_at = $1, status = 'sent'", NOW - timedelta(days=5)
    )
    await house.value("UPDATE accounts SET created_at = $1", NOW - timedelta(days=30))
    await usage_rollup.roll_up(house.database, NOW)
    assert list(await used(house)) == [TODAY - timedelta(days=5)]
    assert await house.value("SELECT messages FROM usage_days") == 1
