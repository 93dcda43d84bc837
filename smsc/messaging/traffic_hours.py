"""Counts each account's traffic by the hour, once the hour is over and again while it may change.

Pages and usage add these hours up, and count among the messages only what has no hour yet.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import asyncpg
import orjson

from smsc import sids
from smsc.billing.usage import CATEGORY, FREE, Used
from smsc.db import Connection, Database
from smsc.sms.number_facts import iso_country_of
from smsc.sms.operators import operator_of

HOUR: Final = timedelta(hours=1)
# After an hour's end: clocks of processes differ, and what was drafted in it is being committed.
GRACE: Final = timedelta(minutes=2)
# So long a transaction that began before the hour's end is waited for: it may be a large bulk.
LATE: Final = timedelta(hours=2)
LOOKS_BACK: Final = timedelta(days=2)  # of a carrier whose traffic was never counted
CHANGES_FOR: Final = timedelta(days=4)  # after that no receipt is waited for
KEPT: Final = timedelta(days=8)
# A SID may be older than its message's `created_at`, and in a bulk younger by what it took to read.
SIDS_BEFORE: Final = timedelta(minutes=1)
SIDS_AFTER: Final = timedelta(minutes=10)
_SOONEST: Final = timedelta(
    minutes=1
)  # an hour is counted again; later at each doubling of its age
_MOST_RECOUNTED: Final = 500  # accounts at once
_OPEN: Final = ("accepted", "queued", "sending", "receiving")  # usage doesn't know yet
_MAY_CHANGE: Final = frozenset({*_OPEN, "scheduled", "sent"})
_INBOUND: Final = "sms-inbound-"
PREFIX_CHARACTERS: Final = 9  # "+85512345": the country, and the operator in nearly all plans
_MOST_DIGITS: Final = 12
# How long a message took, in steps of a twentieth: a median is told to 2.5 % of itself.
_LEAST_SECONDS: Final = 0.1
_STEP: Final = 1.05
SPEED: Final = f"""
CASE WHEN status = 'delivered' AND direction <> 'inbound' THEN
  floor(ln(greatest(extract(epoch FROM updated_at - coalesce(queued_at, created_at))::float8
                    / {_LEAST_SECONDS}, 1)) / ln({_STEP}::float8))::integer END"""


@dataclass(slots=True)
class HourCount:
    """An account's hour while it is added up."""

    carrier_sid: str = ""
    sent: Counter[str] = field(default_factory=Counter)
    received: int = 0
    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    speeds: Counter[int] = field(default_factory=Counter)
    used: dict[str, Used] = field(default_factory=dict)
    is_settled: bool = True
    may_change: bool = False

    def add(self, row: asyncpg.Record) -> None:
        """Add a row of the counting statement: of a status, of a prefix, or of a speed."""
        if row["category"] is not None:
            self._add_status(row)
        elif row["prefix"] is not None:
            self.places[place_of(row["prefix"])] += row["messages"]
        elif row["speed"] is not None:
            self.speeds[row["speed"]] += row["messages"]

    def use(self, category: str, status: str, messages: int, segments: int) -> None:
        """Add what usage counts of a status."""
        self.is_settled = self.is_settled and status not in _OPEN
        if status not in FREE and messages:
            self.used.setdefault(category, Used()).add(Used(messages, segments))

    def _add_status(self, row: asyncpg.Record) -> None:
        category, status = row["category"], row["status"]
        if is_inbound(category):
            self.received += row["messages"]
        else:
            self.sent[status] += row["messages"]
        self.may_change = self.may_change or status in _MAY_CHANGE
        self.use(category, status, row["unscheduled"], row["segments"])


async def count_next(database: Database, now: datetime) -> int:
    """Count one hour, or again what of one may have changed; return of how many accounts.

    All clocks wait for each other, and a deletion for them: a message is counted by the hour that
    it was deleted after, or by the deletion.
    """
    async with database.single() as connection:
        await connection.execute(_BEGIN, now - LOOKS_BACK)
    async with database.begin() as connection:
        hour: datetime | None = await connection.fetchval(_LOCK)
        if hour is None:
            return 0
        end = hour + HOUR
        if end + GRACE <= now and (
            end + LATE <= now or await connection.fetchval(_IS_COMMITTED, end)
        ):
            counted = await _count(connection, hour, None)
            await connection.execute(_MOVE_ON, hour, end)
            await _write(connection, hour, counted, now)
            await connection.execute("DELETE FROM traffic_hours WHERE hour < $1", now - KEPT)
            return max(len(counted), 1)
        due = await connection.fetchrow(_DUE, now, _MOST_RECOUNTED)
        if due is None:
            return 0
        counted = await _count(connection, due["hour"], due["accounts"])
        await _write(connection, due["hour"], counted, now)
    return len(counted)


async def reopen(
    connection: Connection, account_sid: str, carrier_sid: str, moments: Sequence[datetime]
) -> None:
    """Have the hours of a message that is being deleted counted anew, if they were counted.

    In the transaction of the deletion, which counts it where usage keeps what was deleted.
    """
    await connection.execute(
        "SELECT FROM traffic_through WHERE carrier_sid = $1 FOR SHARE", carrier_sid
    )
    await connection.execute(
        """
        UPDATE traffic_hours SET is_settled = false, recount_at = now()
        WHERE account_sid = $1 AND hour IN (
          SELECT date_trunc('hour', at, 'UTC') FROM unnest($2::timestamptz[]) AS at)
        """,
        account_sid,
        moments,
    )


def is_inbound(category: str) -> bool:
    """Say whether a category of usage is of received messages."""
    return category.startswith(_INBOUND)


@lru_cache(maxsize=50_000)
def place_of(prefix: str) -> tuple[str, str]:
    """Return the country and the operator of numbers that begin so; empty: unknown."""
    return iso_country_of(prefix.ljust(_MOST_DIGITS, "0")) or "", operator_of(prefix)


def median_seconds(speeds: Mapping[int, int]) -> float | None:
    """Return how long half of them took at most, to 2.5 %; None of none."""
    half, seen = sum(speeds.values()) / 2, 0
    for step in sorted(speeds):
        seen += speeds[step]
        if seen >= half:
            return round(float(_LEAST_SECONDS * _STEP ** (step + 0.5)), 2)
    return None


def add_up(rows: Iterable[asyncpg.Record], into: dict[str, HourCount]) -> None:
    """Add the rows of the counting statement up by account. Blocks, as `place_of` does."""
    for row in rows:
        _of(into, row["account_sid"], row["carrier_sid"]).add(row)


async def _count(
    connection: Connection, hour: datetime, accounts: Sequence[str] | None
) -> Mapping[str, HourCount]:
    """Count an hour of all accounts, or of these."""
    end = hour + HOUR
    counted: dict[str, HourCount] = {sid: HourCount() for sid in accounts or ()}
    span = (
        hour,
        end,
        sids.first_of(sids.Prefix.MESSAGE, hour - SIDS_BEFORE),
        sids.first_of(sids.Prefix.MESSAGE, end + SIDS_AFTER),
    )
    if accounts is None:
        rows = await connection.fetch(COUNT, *span, timeout=600)
    else:
        rows = await connection.fetch(RECOUNT, *span, accounts, timeout=600)
    late = await connection.fetch(SCHEDULED, hour, end, accounts, timeout=600)
    charged = await connection.fetch(CHARGED, hour, end, accounts, timeout=600)
    await asyncio.to_thread(add_up, rows, counted)
    for account, carrier, category, status, messages, segments in late:
        _of(counted, account, carrier).use(category, status, messages, segments)
    for account, carrier, category, price in charged:
        used = _of(counted, account, carrier).used
        used.setdefault(category, Used()).add(Used(price=price))
    return counted


def _of(counted: dict[str, HourCount], account_sid: str, carrier_sid: str) -> HourCount:
    count = counted.setdefault(account_sid, HourCount())
    count.carrier_sid = carrier_sid
    return count


def _listed(used: Mapping[str, Used]) -> list[tuple[str, int, int, str]]:
    return [(key, one.messages, one.segments, f"{one.price:f}") for key, one in used.items()]


async def _write(
    connection: Connection, hour: datetime, counted: Mapping[str, HourCount], now: datetime
) -> None:
    age = now - hour - HOUR
    again = now + max(age, _SOONEST) if age < CHANGES_FOR else None
    rows = [(sid, one) for sid, one in counted.items() if one.carrier_sid]
    await connection.execute(
        _WRITE,
        hour,
        now,
        [sid for sid, _ in rows],
        [one.carrier_sid for _, one in rows],
        [orjson.dumps(one.sent).decode() for _, one in rows],
        [one.received for _, one in rows],
        [
            orjson.dumps([[*place, messages] for place, messages in one.places.items()]).decode()
            for _, one in rows
        ],
        [
            orjson.dumps({f"{step}": n for step, n in one.speeds.items()}).decode()
            for _, one in rows
        ],
        [orjson.dumps(_listed(one.used)).decode() for _, one in rows],
        [one.is_settled for _, one in rows],
        [again if one.may_change or not one.is_settled else None for _, one in rows],
    )
    # All that they had is deleted.
    emptied = [sid for sid, one in counted.items() if not one.carrier_sid]
    await connection.execute(
        "DELETE FROM traffic_hours WHERE hour = $1 AND account_sid = ANY($2::text[])",
        hour,
        emptied,
    )


_BEGIN: Final = """
INSERT INTO traffic_through (carrier_sid, first, through)
SELECT sid, at, at
FROM (SELECT sid, date_trunc('hour', greatest(created_at, $1), 'UTC') AS at FROM carriers) c
WHERE NOT EXISTS (SELECT FROM traffic_through t WHERE t.carrier_sid = c.sid)
ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT min(through) FROM (
  SELECT through FROM traffic_through ORDER BY carrier_sid FOR UPDATE
) AS locked
"""
_MOVE_ON: Final = "UPDATE traffic_through SET through = $2 WHERE through = $1"
# Whatever was drafted in the hour is committed, unless its transaction still runs.
_IS_COMMITTED: Final = """
SELECT NOT EXISTS (
  SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND xact_start < $1
)
"""
_DUE: Final = """
SELECT hour, array_agg(account_sid) AS accounts
FROM (
  SELECT hour, account_sid FROM traffic_hours WHERE recount_at <= $1 ORDER BY recount_at LIMIT $2
) AS due
GROUP BY hour ORDER BY hour LIMIT 1
"""


def grouped(messages: str) -> str:
    """Return the statement that counts messages by hour and status, by prefix, and by speed.

    In one walk. `messages` is what follows FROM.
    """
    return f"""
SELECT account_sid, carrier_sid, hour, category, status, prefix, speed, count(*) AS messages,
       count(*) FILTER (WHERE unscheduled) AS unscheduled,
       coalesce(sum(num_segments) FILTER (WHERE unscheduled), 0) AS segments
FROM (
  SELECT account_sid, carrier_sid, date_trunc('hour', created_at, 'UTC') AS hour,
         {CATEGORY} AS category, status, num_segments,
         queued_at IS NULL AS unscheduled,
         CASE WHEN direction <> 'inbound' THEN left(to_, {PREFIX_CHARACTERS}) END AS prefix,
         {SPEED} AS speed
  FROM {messages}
) AS seen
GROUP BY account_sid, carrier_sid, GROUPING SETS ((hour, category, status), (prefix), (speed))
"""  # noqa: S608 built of constants


_OF_HOUR: Final = "created_at >= $1 AND created_at < $2 AND sid >= $3 AND sid < $4"
COUNT: Final = grouped(f"messages WHERE {_OF_HOUR}")
RECOUNT: Final = grouped(f"messages WHERE {_OF_HOUR} AND account_sid = ANY($5::text[])")
# Whose hours are looked up: of all accounts, or of these.
_ACCOUNTS: Final = """(
  SELECT sid, carrier_sid FROM accounts WHERE $3::text[] IS NULL
  UNION ALL
  SELECT sid, carrier_sid FROM accounts WHERE sid = ANY($3::text[])
) AS a"""
SCHEDULED: Final = f"""
SELECT a.sid, a.carrier_sid, m.category, m.status, count(*), sum(m.num_segments)
FROM {_ACCOUNTS}
CROSS JOIN LATERAL (
  SELECT {CATEGORY} AS category, status, num_segments FROM messages
  WHERE account_sid = a.sid AND queued_at >= $1 AND queued_at < $2
) AS m
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 built of constants
CHARGED: Final = f"""
SELECT a.sid, a.carrier_sid, l.category, -sum(l.amount)
FROM {_ACCOUNTS}
JOIN ledger l ON l.account_sid = a.sid AND l.created_at >= $1 AND l.created_at < $2
WHERE l.category IS NOT NULL
GROUP BY 1, 2, 3
"""  # noqa: S608 as above
_WRITE: Final = """
INSERT INTO traffic_hours (hour, counted_at, account_sid, carrier_sid, sent, received, places,
                           speeds, used, is_settled, recount_at)
SELECT $1, $2, sid, carrier, sent::jsonb, received, places::jsonb, speeds::jsonb, used::jsonb,
       settled, recount
FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],
            $10::boolean[], $11::timestamptz[])
     AS t (sid, carrier, sent, received, places, speeds, used, settled, recount)
ON CONFLICT (account_sid, hour) DO UPDATE
SET counted_at = excluded.counted_at, sent = excluded.sent, received = excluded.received,
    places = excluded.places, speeds = excluded.speeds, used = excluded.used,
    is_settled = excluded.is_settled, recount_at = excluded.recount_at
"""
