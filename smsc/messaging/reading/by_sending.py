"""Finds the messages of a span of time of sending without a walk over what was not sent in it.

The clock notes when runs of messages were sent (`smsc.messaging.sent_spans`): those that overlap,
and what is not noted yet, are walked. What was scheduled has runs of its own, in the order of its
release: few are read whole and sorted; where there are many, what is wanted is near.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from smsc.db import Connection
from smsc.messaging.reading.queries import (
    Cursor,
    MessageFilter,
    Require,
    adding,
    bounds_of,
    limit_to,
    order_of,
    require_sent,
)
from smsc.messaging.sent_spans import SIZE

MOST_RANGES: Final = 256  # that are read at once; they are walked by two, four and so on
_MOST_WALKED_AT_ONCE: Final = 64
_AFTER_ALL: Final = "SN"  # of messages' SIDs
_MOST_SPANS: Final = 3  # of scheduled messages that are sorted
MOST_SORTED: Final = (_MOST_SPANS + 1) * SIZE  # with what has no span yet
# A release takes its moment from its process's clock, the sending from the database's.
CLOCKS_DIFFER: Final = timedelta(minutes=1)


async def find(
    connection: Connection, account_sid: str, wanted: MessageFilter, cursor: Cursor, most: int
) -> list[str]:
    """Return the SIDs of `most` messages at most that are wanted, in order from the cursor on."""
    order = order_of(cursor)
    found = await _find_unscheduled(connection, account_sid, wanted, cursor, most)
    scheduled: Sequence[str] | None = await connection.fetchval(
        *scheduled_statement(account_sid, wanted, cursor, most)
    )
    if scheduled is None:
        rows = await connection.fetch(
            *walk_of_scheduled_statement(account_sid, wanted, cursor, most)
        )
        scheduled = [row[0] for row in rows]
    return sorted([*found, *scheduled], reverse=order == "DESC")[:most]


async def _find_unscheduled(
    connection: Connection, account_sid: str, wanted: MessageFilter, cursor: Cursor, most: int
) -> list[str]:
    found: list[str] = []
    at_once = 2
    while True:
        ranges = await connection.fetch(*ranges_statement(account_sid, wanted, cursor))
        place = 0
        while place < len(ranges) and len(found) < most:
            batch = ranges[place : place + at_once]
            rows = await connection.fetch(
                *walk_statement(account_sid, wanted, cursor, batch, most - len(found))
            )
            found += [row[0] for row in rows]
            place += at_once
            at_once = min(2 * at_once, _MOST_WALKED_AT_ONCE)
        if len(found) >= most or len(ranges) < MOST_RANGES:
            return found
        first, last = ranges[-1]
        cursor = Cursor(last if cursor.towards_newer else first, cursor.towards_newer)


def ranges_statement(account_sid: str, wanted: MessageFilter, cursor: Cursor) -> tuple[object, ...]:
    """Return what reads the spans in which something wanted was sent, and what has no span yet."""
    first, before = bounds_of(wanted, cursor)
    conditions: list[str] = []
    parameters: list[object] = [account_sid, first, before or _AFTER_ALL]
    _require_overlap(wanted, adding(conditions, parameters))
    order = order_of(cursor)
    statement = f"""
SELECT first, last FROM (
  (SELECT first_sid AS first, last_sid AS last FROM sent_spans
   WHERE account_sid = $1 AND {" AND ".join(conditions)}
     AND first_sid < $3 AND last_sid >= $2 AND first_sid >= coalesce((
       SELECT first_sid FROM sent_spans WHERE account_sid = $1 AND first_sid <= $2
       ORDER BY first_sid DESC LIMIT 1), '')
   ORDER BY first_sid {order} LIMIT {MOST_RANGES})
  UNION ALL
  SELECT first, '{_AFTER_ALL}' FROM (
    SELECT coalesce((SELECT last_sid FROM sent_spans WHERE account_sid = $1
                     ORDER BY first_sid DESC LIMIT 1) || '0', '') AS first
  ) AS following WHERE first < $3
) AS ranges ORDER BY first {order} LIMIT {MOST_RANGES}
"""  # noqa: S608 constants and parameter numbers
    return statement, *parameters


def walk_statement(
    account_sid: str,
    wanted: MessageFilter,
    cursor: Cursor,
    ranges: Sequence[Sequence[str]],
    most: int,
) -> tuple[object, ...]:
    """Return what looks through ranges of SIDs, whose ends belong to them."""
    conditions = ["account_sid = $1", "sid >= r.first", "sid <= r.last", "queued_at IS NULL"]
    parameters: list[object] = [account_sid, [one[0] for one in ranges], [one[1] for one in ranges]]
    require = adding(conditions, parameters)
    limit_to(wanted, cursor, require)
    require_sent(wanted, require)
    parameters.append(most)
    order = f"ORDER BY sid {order_of(cursor)} LIMIT ${len(parameters)}"
    statement = f"""
SELECT m.sid FROM unnest($2::text[], $3::text[]) AS r (first, last)
CROSS JOIN LATERAL (SELECT sid FROM messages WHERE {" AND ".join(conditions)} {order}) AS m {order}
"""  # noqa: S608 as above
    return statement, *parameters


def scheduled_statement(
    account_sid: str, wanted: MessageFilter, cursor: Cursor, most: int
) -> tuple[object, ...]:
    """Return what reads and sorts all scheduled messages of the span; NULL if these are many."""
    overlap: list[str] = []
    wanted_of: list[str] = []
    released: list[str] = []
    parameters: list[object] = [account_sid]
    _require_overlap(wanted, adding(overlap, parameters))
    require = adding(wanted_of, parameters)
    limit_to(wanted, cursor, require)
    require_sent(wanted, require)
    if wanted.sent_before is not None:
        adding(released, parameters)("queued_at < {}", wanted.sent_before + CLOCKS_DIFFER)
    parameters.append(most)
    statement = f"""
WITH ranges AS MATERIALIZED (
  SELECT first_at AS first, last_at AS last FROM released_spans
  WHERE account_sid = $1 AND {" AND ".join(overlap)}
  UNION ALL
  SELECT coalesce((SELECT last_at FROM released_spans WHERE account_sid = $1
                   ORDER BY first_at DESC LIMIT 1) + interval '1 microsecond', '-infinity'),
         'infinity'
  LIMIT {_MOST_SPANS + 2}
), seen AS MATERIALIZED (
  SELECT m.sid, m.is_wanted
  FROM ranges r CROSS JOIN LATERAL (
    SELECT sid, {" AND ".join(wanted_of)} AS is_wanted FROM messages
    WHERE {" AND ".join(["account_sid = $1", "queued_at BETWEEN r.first AND r.last", *released])}
    ORDER BY queued_at LIMIT {MOST_SORTED + 1}
  ) AS m
  WHERE (SELECT count(*) FROM ranges) <= {_MOST_SPANS + 1}
  LIMIT {MOST_SORTED + 1}
)
SELECT CASE WHEN (SELECT count(*) FROM ranges) <= {_MOST_SPANS + 1}
             AND (SELECT count(*) FROM seen) <= {MOST_SORTED}
            THEN ARRAY(SELECT sid FROM seen WHERE is_wanted
                       ORDER BY sid {order_of(cursor)} LIMIT ${len(parameters)}) END
"""  # noqa: S608 as above
    return statement, *parameters


def walk_of_scheduled_statement(
    account_sid: str, wanted: MessageFilter, cursor: Cursor, most: int
) -> tuple[object, ...]:
    """Return what looks through all scheduled messages by SID: where many are wanted, not far."""
    conditions = ["account_sid = $1", "queued_at IS NOT NULL"]
    parameters: list[object] = [account_sid]
    require = adding(conditions, parameters)
    limit_to(wanted, cursor, require)
    require_sent(wanted, require)
    parameters.append(most)
    statement = (
        f"SELECT sid FROM messages WHERE {' AND '.join(conditions)} "  # noqa: S608 as above
        f"ORDER BY sid {order_of(cursor)} LIMIT ${len(parameters)}"
    )
    return statement, *parameters


def _require_overlap(wanted: MessageFilter, require: Require) -> None:
    """Require spans that have something of the wanted time."""
    if wanted.sent_from is not None:
        require("sent_until >= {}", wanted.sent_from)
    if wanted.sent_before is not None:
        require("sent_from < {}", wanted.sent_before)
