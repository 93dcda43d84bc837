"""A list by `DateSent` is that of a plain filter, whatever is noted of when messages were sent."""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from smsc import sids
from smsc.messaging import sent_spans
from smsc.messaging.reading import account_pages, by_sending
from smsc.messaging.reading.queries import Cursor, MessageFilter
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.messaging.test_traffic_plans import plan
from workers.hours import Hours

NOW = datetime.now(UTC)
OLDEST = NOW - timedelta(days=60)
MESSAGES = 9000
ANOTHER = "+15555550199"
HOUR = timedelta(hours=1)


class Made(NamedTuple):
    """A message of the past."""

    sid: str
    direction: str
    status: str
    from_: str
    created_at: datetime
    queued_at: datetime | None
    sent_at: datetime | None


def some(chance: random.Random, number: int) -> Made:
    """Make one of any kind: prompt, late, held, failed, waiting, received, scheduled."""
    # Some come in crowds, as a bulk's do; the last ones are too young to be noted.
    at = NOW - timedelta(days=60) * (1 - number // 300 * 300 / MESSAGES)
    at = min(at + timedelta(seconds=chance.choice((0.01, 900)) * (number % 300)), NOW)
    sid = f"{sids.first_of(sids.Prefix.MESSAGE, at)[:14]}7{number:019x}"
    from_ = NUMBER if chance.random() < 0.7 else ANOTHER
    soon, late = timedelta(seconds=chance.uniform(0, 20)), chance.random() * 11 * HOUR
    kind = chance.choices(
        ("prompt", "late", "failed", "waiting", "received", "released", "scheduled", "canceled"),
        (60, 8, 4, 0.02, 8, 15, 1, 1),
    )[0]
    one = Made(sid, "outbound-api", "delivered", from_, at, None, at + soon)
    if kind == "released":
        due = at + chance.choice((HOUR, timedelta(days=chance.uniform(0, 35)), 24 * HOUR))
        released = one._replace(queued_at=due, sent_at=due + (soon if late < HOUR else late))
        return released if due < NOW else one._replace(status="scheduled", sent_at=None)
    if at < NOW - timedelta(days=35):  # a schedule's longest
        kind = {"waiting": "failed", "scheduled": "canceled"}.get(kind, kind)
    return {
        "late": one._replace(sent_at=at + late),
        "failed": one._replace(status="failed", sent_at=None),
        "waiting": one._replace(status="queued", sent_at=None),
        "received": one._replace(direction="inbound", status="received", sent_at=None),
        "scheduled": one._replace(status="scheduled", sent_at=None),
        "canceled": one._replace(status="canceled", sent_at=None),
    }.get(kind, one)


async def store(house: House, messages: Sequence[Made]) -> None:
    async with house.database.begin() as connection:
        await connection.copy_records_to_table(
            "messages",
            columns=(
                *("sid", "direction", "status", "from_", "created_at", "queued_at", "sent_at"),
                *("carrier_sid", "account_sid", "to_", "body", "data_coding", "num_segments"),
                *("lane", "updated_at"),
            ),
            records=[
                (
                    *one,
                    *(house.account.carrier_sid, house.account.sid, HANDSET, "x", 0, 1),
                    *(2, one.created_at),
                )
                for one in messages
            ],
        )
        await connection.execute("ANALYZE messages")


async def note(house: House, now: datetime) -> None:
    for _ in range(100):
        if not await sent_spans.note_next(house.database, now):
            return
    raise AssertionError("notes have no end")


def spans(chance: random.Random, messages: Sequence[Made]) -> Iterator[MessageFilter]:
    """Spans long and short, open to one side, that begin and end where something was sent."""
    moments = [one.sent_at for one in messages if one.sent_at]
    for length in (timedelta(seconds=5), HOUR, 24 * HOUR, timedelta(days=20)):
        for _ in range(2):
            since = chance.choice(
                (OLDEST + chance.random() * (NOW - OLDEST), chance.choice(moments))
            )
            yield MessageFilter(sent_from=since, sent_before=since + length)
    yield MessageFilter(sent_from=chance.choice(moments), sent_before=chance.choice(moments))
    yield MessageFilter(sent_from=NOW - 30 * timedelta(minutes=1))
    yield MessageFilter(sent_before=OLDEST + timedelta(days=chance.uniform(0, 60)))
    yield MessageFilter(sent_from=OLDEST + timedelta(days=chance.uniform(0, 60)), from_=ANOTHER)
    yield MessageFilter(sent_from=NOW + 24 * HOUR)


async def kept(house: House, wanted: MessageFilter) -> list[str]:
    """Return what the plain filter finds, newest first."""
    rows = await house.rows(
        f"""
        SELECT sid FROM messages WHERE account_sid = $1
          AND {sent_spans.SENT_AT} >= coalesce($2, '-infinity'::timestamptz)
          AND {sent_spans.SENT_AT} < coalesce($3, 'infinity'::timestamptz)
          AND ($4::text IS NULL OR from_ = $4) ORDER BY sid DESC
        """,
        *(house.account.sid, wanted.sent_from, wanted.sent_before, wanted.from_),
    )
    return [str(row[0]) for row in rows]


async def listed(house: House, wanted: MessageFilter, *, newer: bool, limit: int) -> list[str]:
    """Walk all pages, from either end, and return what they have, newest first."""
    cursor = Cursor("", towards_newer=True) if newer else None
    pages: list[list[str]] = []
    while True:
        page = await account_pages.page(
            house.database, house.account.sid, wanted, limit=limit, cursor=cursor
        )
        sids_of = [message.sid for message in page.messages]
        pages.append(sids_of)
        if not (page.has_newer if newer else page.has_older):
            break
        assert len(sids_of) == limit
        cursor = Cursor(sids_of[0 if newer else -1], towards_newer=newer)
    return [sid for one in (reversed(pages) if newer else pages) for sid in one]


async def agree(house: House, chance: random.Random, messages: Sequence[Made]) -> None:
    for wanted in spans(chance, messages):
        for newer in (False, True):
            expected = await kept(house, wanted)
            limit = max(len(expected) // 3, 50)
            assert await listed(house, wanted, newer=newer, limit=limit) == expected, wanted


@pytest.mark.parametrize(("seed", "most_sorted"), [(0, 4000), (1, 200)], ids=["few", "many"])
async def test_a_list_by_time_of_sending_is_that_of_the_plain_filter(
    house: House, seed: int, most_sorted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 no secret
    messages = [some(chance, number) for number in range(MESSAGES)]
    await store(house, messages)
    monkeypatch.setattr(account_pages, "WALKED", 50)  # else most of them are found by the walk
    monkeypatch.setattr(by_sending, "MOST_SORTED", most_sorted)
    monkeypatch.setattr(by_sending, "MOST_RANGES", 3)
    await agree(house, chance, messages)
    await note(house, NOW)
    assert await house.value("SELECT count(*) FROM sent_spans") == MESSAGES // sent_spans.SIZE - 1
    assert await house.value("SELECT count(*) > 0 FROM released_spans") is True
    await agree(house, chance, messages)
    # What waited is sent, what was scheduled is released; nobody has looked again yet.
    await house.value("UPDATE messages SET sent_at = now() WHERE status = 'queued'")
    await house.value(
        "UPDATE messages SET status = 'sent', queued_at = now(), sent_at = now() "
        "WHERE status = 'scheduled' AND right(sid, 1) < '8'"
    )
    await agree(house, chance, messages)
    await note(house, datetime.now(UTC) + 24 * HOUR)
    assert await house.value("SELECT count(*) FROM sent_spans WHERE check_at IS NOT NULL") == 0
    await agree(house, chance, messages)


async def test_nothing_is_noted_that_an_older_transaction_may_still_add_to(house: House) -> None:
    old = [some(random.Random(0), number) for number in range(3000)]  # noqa: S311 as above
    await store(house, old)
    later = datetime.now(UTC) + 24 * HOUR
    async with house.database.begin() as connection:
        await connection.execute("SELECT 1")
        young = sids.make(sids.Prefix.MESSAGE)
        await store(house, [old[0]._replace(sid=f"{young[:14]}7{n:019x}") for n in range(2000)])
        await note(house, later)
        assert await house.value("SELECT max(last_sid) < $1 FROM sent_spans", young[:14]) is True
    await note(house, later + HOUR)
    assert await house.value("SELECT max(last_sid) > $1 FROM sent_spans", young[:14]) is True


async def test_spans_are_noted_with_the_hours_and_go_with_their_messages(house: House) -> None:
    await store(house, [some(random.Random(0), number) for number in range(4000)])  # noqa: S311 as above
    await Hours(house.database).catch_up()
    noted = await house.value("SELECT count(*) FROM sent_spans")
    await house.value("DELETE FROM messages WHERE sid <= (SELECT min(last_sid) FROM sent_spans)")
    await note(house, NOW + HOUR)
    assert noted == 3
    assert await house.value("SELECT count(*) FROM sent_spans") == 2


def statement_of(read: tuple[object, ...]) -> str:
    return str(read[0])


WANTED = MessageFilter(sent_from=OLDEST, sent_before=NOW)
PLACE = Cursor("SM" + "f" * 32)
OF_LIST = ("AC" + "1" * 32, WANTED, PLACE)


@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        (account_pages.page_statement(*OF_LIST[:2], 50)[0], {"ix_messages_account"}),
        (statement_of(by_sending.ranges_statement(*OF_LIST)), {"pk_sent_spans"}),
        (
            statement_of(by_sending.walk_statement(*OF_LIST, [("", "SN")], 50)),
            {"ix_messages_account"},
        ),
        (
            statement_of(by_sending.scheduled_statement(*OF_LIST, 50)),
            {"pk_released_spans", "ix_messages_queued"},
        ),
        (
            statement_of(by_sending.walk_of_scheduled_statement(*OF_LIST, 50)),
            {"ix_messages_released"},
        ),
        (sent_spans.CUT_SENT, {"pk_sent_spans", "ix_messages_account"}),
        (sent_spans.CUT_RELEASED, {"pk_released_spans", "ix_messages_queued"}),
        (sent_spans.CHECKS[0], {"ix_sent_spans_check", "pk_sent_spans", "ix_messages_account"}),
        (
            sent_spans.CHECKS[1],
            {"ix_released_spans_check", "pk_released_spans", "ix_messages_queued"},
        ),
    ],
    ids=[
        *("page", "ranges", "walk", "scheduled", "walk of scheduled"),
        *("noted", "released noted", "noted again", "released noted again"),
    ],
)
async def test_each_statement_walks_its_indexes(
    house: House, statement: str, indexes: set[str]
) -> None:
    async with house.database.begin() as connection:
        text = await plan(connection, statement)
    assert "Seq Scan on" not in text, text
    used = set(re.findall(r"using (\w+)|Bitmap Index Scan on (\w+)", text))
    assert {one or other for one, other in used} - {"ix_ledger_message"} == indexes, text
