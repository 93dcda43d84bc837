"""How much an account used, by day, month, year or in all, and what that cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

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
FIRST_DAY: Final = date(2020, 1, 1)  # before any installation
MOST_PERIODS: Final = 400  # of one list: a year of days
# Nothing was sent, and nothing is charged.
FREE: Final = ("failed", "canceled", "scheduled")


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
        rows = await connection.fetch(_USED, account_sids, first, last, FREE, _unit(span))
    parts = {(_begin(day, span), leaf): Used(*used) for day, leaf, *used in rows}
    found: list[UsageRecord] = []
    for start, end in _periods(first, last, span):
        begins = _begin(start, span)
        for category in categories:
            used = Used()
            for (period, leaf), part in parts.items():
                if period == begins and leaf.startswith(CATEGORIES[category]):
                    used.add(part)
            if category == "totalprice":
                used = Used(price=used.price)
            found.append(UsageRecord(f"UR{len(found):032x}", category, start, end, used))
    return found


async def by_day(
    connection: Connection, account_sid: str, last: date
) -> list[tuple[date, str, Used]]:
    """Return what an account used up to a day, by day and leaf of the categories."""
    rows = await connection.fetch(
        _USED + " ORDER BY 1, 2", [account_sid], FIRST_DAY, last, FREE, Span.DAY.value
    )
    return [(day, leaf, Used(*used)) for day, leaf, *used in rows]


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


# Of a message: the day that it counts for, which is that of its queueing where it was scheduled.
DAY: Final = "(coalesce(queued_at, created_at) AT TIME ZONE 'UTC')::date"
CATEGORY: Final = """
CASE direction WHEN 'inbound' THEN 'sms-inbound-' ELSE 'sms-outbound-' END
|| CASE WHEN CASE direction WHEN 'inbound' THEN to_ ELSE from_ END ~ '^[0-9]{1,8}$'
        THEN 'shortcode' ELSE 'longcode' END"""
# The least SID of a day, with a minute for the clocks of processes that differ.
FIRST_SID: Final = """
'SM' || lpad(to_hex((extract(epoch FROM {day}::timestamp - interval '1 minute') * 1000)::bigint),
             12, '0')"""

# So much later than `created_at` a SID may be made: a bulk's are made while it is read.
_SIDS_AFTER: Final = "interval '10 minutes'"
_SID_AT: Final = "'SM' || lpad(to_hex((extract(epoch FROM {moment}) * 1000)::bigint), 12, '0')"

# Days that are rolled up come from their table, hours of later ones that are settled from theirs
# (see messaging.traffic_hours); what lies between is counted, by account. Bounds of SIDs are made
# beforehand: behind the second wall an index takes no condition that calls a function.
_USED: Final = f"""
WITH asked AS MATERIALIZED (
  SELECT a.sid, greatest($2::date, coalesce(t.day + 1, $2::date))::timestamp
                  AT TIME ZONE 'UTC' AS since,
         ($3::date + 1)::timestamp AT TIME ZONE 'UTC' AS until
  FROM unnest($1::text[]) AS a (sid) LEFT JOIN usage_through t ON t.account_sid = a.sid
), settled AS MATERIALIZED (
  SELECT h.account_sid, h.hour, h.used
  FROM asked a JOIN traffic_hours h ON h.account_sid = a.sid
    AND h.hour >= a.since AND h.hour < a.until
  WHERE h.is_settled
), live AS MATERIALIZED (
  SELECT sid, since, until,
         {_SID_AT.format(moment="since - interval '1 minute'")} AS first_sid,
         {_SID_AT.format(moment=f"until + {_SIDS_AFTER}")} AS last_sid
  FROM (
    SELECT a.sid, coalesce(lag(e.hour + interval '1 hour') OVER past, a.since) AS since,
           e.hour AS until
    FROM asked a CROSS JOIN LATERAL (
      SELECT s.hour FROM settled s WHERE s.account_sid = a.sid UNION ALL SELECT a.until
    ) AS e
    WINDOW past AS (PARTITION BY a.sid ORDER BY e.hour)
  ) AS between_hours WHERE since < until
)
SELECT date_trunc($5, day::timestamp)::date, category, sum(messages)::bigint,
       sum(segments)::bigint, sum(price)
FROM (
  SELECT day, category, messages, segments, price FROM usage_days
  WHERE account_sid = ANY($1::text[]) AND day >= $2 AND day <= $3
  UNION ALL
  SELECT (s.hour AT TIME ZONE 'UTC')::date, u.part ->> 0, (u.part ->> 1)::bigint,
         (u.part ->> 2)::bigint, (u.part ->> 3)::numeric
  FROM settled s CROSS JOIN LATERAL jsonb_array_elements(s.used) AS u (part)
  UNION ALL
  SELECT {DAY}, {CATEGORY}, 1, num_segments, 0
  FROM live l JOIN messages m ON m.account_sid = l.sid
    AND m.sid >= l.first_sid AND m.sid < l.last_sid
  WHERE queued_at IS NULL AND status <> ALL($4::text[])
    AND created_at >= l.since AND created_at < l.until
  UNION ALL
  SELECT {DAY}, {CATEGORY}, 1, num_segments, 0
  FROM live l JOIN messages m ON m.account_sid = l.sid
    AND m.queued_at >= l.since AND m.queued_at < l.until
  WHERE queued_at IS NOT NULL AND status <> ALL($4::text[])
  UNION ALL
  SELECT (e.created_at AT TIME ZONE 'UTC')::date, e.category, 0, 0, -e.amount
  FROM live l JOIN ledger e ON e.account_sid = l.sid
    AND e.created_at >= l.since AND e.created_at < l.until
  WHERE e.category IS NOT NULL
) AS used GROUP BY 1, 2
"""  # noqa: S608 built of the constants above
