"""How much an account used, by day, month, year or in all, and what that cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from smsc import sids
from smsc.billing.prices import category as leaf_of
from smsc.db import Connection, Database


class Span(StrEnum):
    """How long one record is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


@dataclass(slots=True)
class Used:
    """What one category had in one period."""

    messages: int = 0
    segments: int = 0
    price: Decimal = Decimal(0)

    def add(self, other: "Used") -> None:
        """Add another one's."""
        self.messages += other.messages
        self.segments += other.segments
        self.price += other.price


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One category in one period, both days included."""

    sid: str  # of no resource: places it in its list
    category: str
    start: date
    end: date
    used: Used


# Twilio's categories and, of each, the leaves that it sums up.
CATEGORIES: Final = {
    "sms": "sms-",
    "sms-inbound": "sms-inbound-",
    "sms-inbound-longcode": "sms-inbound-longcode",
    "sms-inbound-shortcode": "sms-inbound-shortcode",
    "sms-outbound": "sms-outbound-",
    "sms-outbound-longcode": "sms-outbound-longcode",
    "sms-outbound-shortcode": "sms-outbound-shortcode",
    "totalprice": "",
}
MOST_PERIODS: Final = 400  # of one list: a year of days
# Nothing was sent, and nothing is charged.
_FREE: Final = ("failed", "canceled", "scheduled")


async def records(
    database: Database,
    account_sids: Sequence[str],
    first: date,
    last: date,
    span: Span,
    categories: Sequence[str],
) -> list[UsageRecord]:
    """Return a record for each period of [first, last] and category, the newest period first."""
    async with database.single() as connection:
        leaves = await _leaves(connection, account_sids, first, last, span)
        prices = await _prices(connection, account_sids, first, last, span)
    found: list[UsageRecord] = []
    for start, end in _periods(first, last, span):
        begins = _begin(start, span)
        for category in categories:
            used = Used()
            for (period, leaf), part in (*leaves.items(), *prices.items()):
                if period == begins and leaf.startswith(CATEGORIES[category]):
                    used.add(part)
            if category == "totalprice":
                used = Used(price=used.price)
            found.append(UsageRecord(f"UR{len(found):032x}", category, start, end, used))
    return found


@dataclass(frozen=True, slots=True)
class Deleted:
    """What of a message counts when it is gone."""

    direction: str
    our_number: str
    status: str
    num_segments: int
    created_at: datetime


async def keep_deleted(
    connection: Connection, account_sid: str, carrier_sid: str, message: Deleted
) -> None:
    """Count a message that its account has just deleted: it was used all the same."""
    if message.status in _FREE:
        return
    await connection.execute(
        """
        INSERT INTO usage_of_deleted AS u
          (account_sid, day, category, carrier_sid, messages, segments)
        VALUES ($1, $2, $3, $4, 1, $5)
        ON CONFLICT (account_sid, day, category) DO UPDATE
        SET messages = u.messages + 1, segments = u.segments + excluded.segments
        """,
        account_sid,
        message.created_at.astimezone(UTC).date(),
        leaf_of(message.direction, message.our_number),
        carrier_sid,
        message.num_segments,
    )


async def _leaves(
    connection: Connection, account_sids: Sequence[str], first: date, last: date, span: Span
) -> dict[tuple[date, str], Used]:
    """Count messages by period and category; also those that their account has deleted since."""
    since, before = _midnight(first), _midnight(last + timedelta(days=1))
    rows = await connection.fetch(
        _COUNT,
        account_sids,
        since,
        before,
        sids.first_of(sids.Prefix.MESSAGE, since - timedelta(minutes=1)),
        sids.first_of(sids.Prefix.MESSAGE, before + timedelta(minutes=1)),
        _FREE,
        _unit(span),
    )
    return {(_begin(day, span), leaf): Used(count, segments) for day, leaf, count, segments in rows}


async def _prices(
    connection: Connection, account_sids: Sequence[str], first: date, last: date, span: Span
) -> dict[tuple[date, str], Used]:
    rows = await connection.fetch(
        _PRICES,
        account_sids,
        _midnight(first),
        _midnight(last + timedelta(days=1)),
        _unit(span),
    )
    return {(_begin(day, span), leaf): Used(price=price) for day, leaf, price in rows}


def _periods(first: date, last: date, span: Span) -> Iterator[tuple[date, date]]:
    """Yield the periods that cover [first, last], newest first, cut to it."""
    end = last
    for _ in range(MOST_PERIODS):
        start = max(_begin(end, span), first)
        yield start, end
        end = start - timedelta(days=1)
        if end < first:
            return


def _begin(day: date, span: Span) -> date:
    match span:
        case Span.DAY:
            return day
        case Span.MONTH:
            return day.replace(day=1)
        case Span.YEAR:
            return day.replace(month=1, day=1)
        case Span.ALL:
            return date.min


def _unit(span: Span) -> str:
    return "millennium" if span is Span.ALL else span.value


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_COUNT: Final = """
SELECT day, category, sum(messages)::bigint, sum(segments)::bigint FROM (
  SELECT date_trunc($7, created_at, 'UTC')::date AS day,
         CASE direction WHEN 'inbound' THEN 'sms-inbound-' ELSE 'sms-outbound-' END
         || CASE WHEN CASE direction WHEN 'inbound' THEN to_ ELSE from_ END ~ '^[0-9]{3,8}$'
                 THEN 'shortcode' ELSE 'longcode' END AS category,
         count(*) AS messages, sum(num_segments) AS segments
  FROM messages
  WHERE account_sid = ANY($1::text[]) AND sid >= $4 AND sid < $5
    AND created_at >= $2 AND created_at < $3 AND NOT (status = ANY($6::text[]))
  GROUP BY 1, 2
  UNION ALL
  SELECT date_trunc($7, day::timestamp)::date, category, sum(messages), sum(segments)
  FROM usage_of_deleted
  WHERE account_sid = ANY($1::text[]) AND day >= $2::date AND day < $3::date
  GROUP BY 1, 2
) AS counted GROUP BY day, category
"""

_PRICES: Final = """
SELECT date_trunc($4, created_at, 'UTC')::date, category, -sum(amount)
FROM ledger
WHERE account_sid = ANY($1::text[]) AND created_at >= $2 AND created_at < $3
  AND category IS NOT NULL
GROUP BY 1, 2
"""
