"""Rolls usage up by day, once nothing of the day can change any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import asyncpg

from smsc.billing.prices import category
from smsc.billing.usage import CATEGORY, DAY, FIRST_SID, FREE
from smsc.db import Connection, Database

LATE: Final = timedelta(hours=2)  # after midnight: what began before it is committed
MOST_DAYS: Final = 31  # of one account in one transaction
MOST_ACCOUNTS: Final = 500  # read at once
_NEVER: Final = date(2000, 1, 1)
# Of such nobody knows yet whether they count.
_OPEN: Final = ("accepted", "queued", "sending", "receiving")


@dataclass(frozen=True, slots=True)
class Deleted:
    """What of a message counts when it is gone."""

    direction: str
    our_number: str
    status: str
    num_segments: int
    counted_at: datetime


async def roll_up(database: Database, now: datetime) -> int:
    """Roll up the days that are over, of every account; return how many.

    A day with a message that may still fail is left, and all that follow it: they are counted
    among the messages until it is settled.
    """
    last = (now - LATE).astimezone(UTC).date() - timedelta(days=1)
    days, after = 0, ""
    while accounts := await _behind(database, last, after):
        for account_sid, carrier_sid, made_on in accounts:
            async with database.begin() as connection:
                days += await _roll_up_one(connection, account_sid, carrier_sid, made_on, last)
        after = accounts[-1][0]
    return days


async def keep_deleted(
    connection: Connection, account_sid: str, carrier_sid: str, message: Deleted
) -> None:
    """Count a message that its account has just deleted: it was used all the same.

    In the transaction of the deletion. Of a day that is rolled up it is counted already; a roll-up
    that runs now is waited for, or waits.
    """
    if message.status in FREE:
        return
    day = message.counted_at.astimezone(UTC).date()
    await connection.execute(_BEGIN, account_sid, carrier_sid, _NEVER)
    through = await connection.fetchval(
        "SELECT day FROM usage_through WHERE account_sid = $1 FOR SHARE", account_sid
    )
    if day <= through:
        return
    await connection.execute(
        """
        INSERT INTO usage_days AS u (account_sid, day, category, carrier_sid, messages, segments)
        VALUES ($1, $2, $3, $4, 1, $5)
        ON CONFLICT (account_sid, day, category) DO UPDATE
        SET messages = u.messages + 1, segments = u.segments + excluded.segments
        """,
        account_sid,
        day,
        category(message.direction, message.our_number),
        carrier_sid,
        message.num_segments,
    )


async def _behind(database: Database, last: date, after: str) -> Sequence[asyncpg.Record]:
    async with database.single() as connection:
        rows: list[asyncpg.Record] = await connection.fetch(
            """
            SELECT a.sid, a.carrier_sid, (a.created_at AT TIME ZONE 'UTC')::date
            FROM accounts a LEFT JOIN usage_through t ON t.account_sid = a.sid
            WHERE a.sid > $2 AND (t.day IS NULL OR t.day < $1) ORDER BY a.sid LIMIT $3
            """,
            last,
            after,
            MOST_ACCOUNTS,
        )
    return rows


async def _roll_up_one(
    connection: Connection, account_sid: str, carrier_sid: str, made_on: date, last: date
) -> int:
    await connection.execute(_BEGIN, account_sid, carrier_sid, _NEVER)
    through: date = await connection.fetchval(
        "SELECT day FROM usage_through WHERE account_sid = $1 FOR UPDATE", account_sid
    )
    before = max(through, made_on - timedelta(days=1))
    until = min(last, before + timedelta(days=MOST_DAYS))
    if until <= before:
        return 0
    rolled: date = await connection.fetchval(
        ROLL_UP, account_sid, carrier_sid, before + timedelta(days=1), until, FREE, _OPEN
    )
    return (rolled - before).days


_BEGIN: Final = """
INSERT INTO usage_through (account_sid, carrier_sid, day) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
"""

ROLL_UP: Final = f"""
WITH message AS MATERIALIZED (
  SELECT {DAY} AS day, {CATEGORY} AS category, status, num_segments
  FROM messages
  WHERE account_sid = $1 AND queued_at IS NULL
    AND sid >= {FIRST_SID.format(day="$3::date")} AND sid < {FIRST_SID.format(day="($4::date + 2)")}
    AND created_at >= $3::date::timestamp AT TIME ZONE 'UTC'
    AND created_at < ($4::date + 1)::timestamp AT TIME ZONE 'UTC'
  UNION ALL
  SELECT {DAY}, {CATEGORY}, status, num_segments
  FROM messages
  WHERE account_sid = $1 AND queued_at >= $3::date::timestamp AT TIME ZONE 'UTC'
    AND queued_at < ($4::date + 1)::timestamp AT TIME ZONE 'UTC'
), settled AS MATERIALIZED (
  SELECT least($4::date, min(day) FILTER (WHERE status = ANY($6::text[])) - 1) AS until FROM message
), entered AS (
  INSERT INTO usage_days AS u
    (account_sid, day, category, carrier_sid, messages, segments, price)
  SELECT $1, day, category, $2, sum(messages), sum(segments), sum(price)
  FROM (
    SELECT day, category, 1 AS messages, num_segments AS segments, 0 AS price
    FROM message WHERE status <> ALL($5::text[])
    UNION ALL
    SELECT (created_at AT TIME ZONE 'UTC')::date, category, 0, 0, -amount
    FROM ledger
    WHERE account_sid = $1 AND category IS NOT NULL
      AND created_at >= $3::date::timestamp AT TIME ZONE 'UTC'
      AND created_at < ($4::date + 1)::timestamp AT TIME ZONE 'UTC'
  ) AS used
  WHERE day <= (SELECT until FROM settled)
  GROUP BY day, category
  ON CONFLICT (account_sid, day, category) DO UPDATE
  SET messages = u.messages + excluded.messages, segments = u.segments + excluded.segments,
      price = u.price + excluded.price
)
UPDATE usage_through SET day = (SELECT until FROM settled) WHERE account_sid = $1 RETURNING day
"""  # noqa: S608 built of constants
