"""Notes when runs of an account's messages were sent, so that lists by `DateSent` pass them over.

`sent_at` has no index: each change of a status would then write anew to all indexes of `messages`.
So the clock notes it behind the traffic, a row for a thousand messages; what it has not come to
yet is walked.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from smsc import sids
from smsc.db import Connection, Database

SIZE: Final = 1000  # messages a span: about what a page walks in vain where one begins or ends
# What is younger may still be being committed, with SIDs of clocks that differ.
GRACE: Final = timedelta(minutes=5)
_MOST_ACCOUNTS: Final = 5  # at once
_MOST_MESSAGES: Final = 50_000  # of an account at once
_MOST_CHECKED: Final = 20  # spans at once
# An account is looked at again so soon where it had a span's worth, else later and later.
_SOONEST: Final = timedelta(minutes=1)
_LATEST: Final = timedelta(minutes=10)
# A span with a message that may still be sent is looked at again at each doubling of the time.
_LATEST_CHECK: Final = timedelta(hours=6)

# When a message was sent, a received one when it came: Twilio's `DateSent`.
SENT_AT: Final = "coalesce(sent_at, CASE direction WHEN 'inbound' THEN created_at END)"
UNSCHEDULED: Final = "queued_at IS NULL AND status <> 'scheduled'"


class _Kind(NamedTuple):
    """A table of spans: in which order they are, and which messages have one."""

    table: str
    key: str
    first: str
    last: str
    before_all: str
    is_in_order: str
    counts: str


_SENT: Final = _Kind(
    *("sent_spans", "sid", "first_sid", "last_sid", "''::text"),
    *("true", UNSCHEDULED),
)
_RELEASED: Final = _Kind(
    *("released_spans", "queued_at", "first_at", "last_at", "'-infinity'::timestamptz"),
    *("queued_at IS NOT NULL", "true"),
)


async def note_next(database: Database, now: datetime) -> int:
    """Note spans of accounts that are due, and anew those that have changed; return how many.

    Any number of clocks may run: what one looks at, the others leave alone.
    """
    async with database.single() as connection:
        await connection.execute(_BEGIN, now)
    async with database.begin() as connection:
        # Asked before messages are read: what began earlier is committed by then, or never.
        horizon: datetime = await connection.fetchval(_HORIZON, now) - GRACE
        noted = 0
        for row in await connection.fetch(_DUE, now, _MOST_ACCOUNTS):
            noted += await _note(connection, row["account_sid"], row["carrier_sid"], horizon, now)
        for check in CHECKS:
            noted += _rows(
                await connection.execute(check, now, _MOST_CHECKED, _SOONEST, _LATEST_CHECK)
            )
    return noted


async def _note(
    connection: Connection, account_sid: str, carrier_sid: str, horizon: datetime, now: datetime
) -> int:
    """Note what has come of an account before `horizon`, and when it is to be looked at next."""
    of_account = (account_sid, carrier_sid)
    first_sid = sids.first_of(sids.Prefix.MESSAGE, horizon)
    noted = [
        _rows(await connection.execute(CUT_SENT, *of_account, first_sid, now, _SOONEST)),
        _rows(await connection.execute(CUT_RELEASED, *of_account, horizon, now, _SOONEST)),
    ]
    for forget in FORGETS:
        await connection.execute(forget, account_sid)
    has_more = max(noted) >= _MOST_MESSAGES // SIZE - 1
    least = timedelta(0) if has_more else _SOONEST
    most = least if sum(noted) else _LATEST
    await connection.execute(_LOOK_AGAIN, account_sid, now, least, most)
    return sum(noted)


def _rows(said: str) -> int:
    """Return how many rows a command says that it wrote."""
    return int(said.rpartition(" ")[2])


_BEGIN: Final = """
INSERT INTO sent_through (account_sid, carrier_sid, looked_at, look_at)
SELECT sid, carrier_sid, $1, $1 FROM accounts a
WHERE NOT EXISTS (SELECT FROM sent_through t WHERE t.account_sid = a.sid)
ON CONFLICT DO NOTHING
"""
_HORIZON: Final = """
SELECT least($1::timestamptz, min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_DUE: Final = """
SELECT account_sid, carrier_sid FROM sent_through WHERE look_at <= $1
ORDER BY look_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_LOOK_AGAIN: Final = """
UPDATE sent_through
SET looked_at = $2::timestamptz,
    look_at = $2 + least(greatest(2 * ($2 - looked_at), $3::interval), $4::interval)
WHERE account_sid = $1
"""


def _seen(kind: _Kind) -> str:
    """Return what is read of a message: when it was sent, and whether it may still be."""
    return f"""
CASE WHEN {kind.counts} THEN {SENT_AT} END AS at,
{kind.counts} AND {SENT_AT} IS NULL AND status NOT IN ('failed', 'canceled') AS is_open
"""


_FROM: Final = "CASE WHEN is_open THEN '-infinity' ELSE coalesce(since, 'infinity') END"
_UNTIL: Final = "CASE WHEN is_open THEN 'infinity' ELSE coalesce(until, '-infinity') END"


def _cut(kind: _Kind) -> str:
    """Return the statement that notes what follows an account's last span and is before $3.

    Messages of one moment stay together, and the last span waits: it may not be whole.
    """
    return f"""
INSERT INTO {kind.table} (account_sid, {kind.first}, {kind.last}, carrier_sid, sent_from,
                          sent_until, checked_at, check_at)
SELECT $1, first, last, $2, {_FROM}, {_UNTIL}, $4::timestamptz,
       CASE WHEN is_open THEN $4 + $5::interval END
FROM (
  SELECT min(key) AS first, max(key) AS last, min(at) AS since, max(at) AS until,
         bool_or(is_open) AS is_open, place = max(place) OVER () AS is_last
  FROM (
    SELECT key, at, is_open, (rank() OVER (ORDER BY key) - 1) / {SIZE} AS place
    FROM (
      SELECT {kind.key} AS key, {_seen(kind)} FROM messages
      WHERE account_sid = $1 AND {kind.is_in_order} AND {kind.key} < $3
        AND {kind.key} > coalesce((
          SELECT {kind.last} FROM {kind.table} WHERE account_sid = $1
          ORDER BY {kind.first} DESC LIMIT 1), {kind.before_all})
      ORDER BY {kind.key} LIMIT {_MOST_MESSAGES}
    ) AS following
  ) AS numbered GROUP BY place
) AS spans WHERE NOT is_last
"""  # noqa: S608 built of constants


def _check(kind: _Kind) -> str:
    """Return the statement that looks again at spans of which a message was still to be sent."""
    return f"""
WITH due AS MATERIALIZED (
  SELECT account_sid, {kind.first} AS first, {kind.last} AS last FROM {kind.table}
  WHERE check_at <= $1 ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED
), seen AS MATERIALIZED (
  SELECT d.account_sid, d.first, since, until, is_open
  FROM due d CROSS JOIN LATERAL (
    SELECT min(at) AS since, max(at) AS until, coalesce(bool_or(is_open), false) AS is_open
    FROM (
      SELECT {_seen(kind)} FROM messages
      WHERE account_sid = d.account_sid AND {kind.is_in_order}
        AND {kind.key} >= d.first AND {kind.key} <= d.last
      ORDER BY {kind.key}
    ) AS messages
  ) AS found
)
UPDATE {kind.table} s
SET sent_from = {_FROM}, sent_until = {_UNTIL}, checked_at = $1::timestamptz,
    check_at = CASE WHEN is_open THEN $1 + least(
      greatest(2 * ($1 - s.checked_at), $3::interval), $4::interval) END
FROM seen WHERE s.account_sid = seen.account_sid AND s.{kind.first} = seen.first
"""  # noqa: S608 as above


def _forget(kind: _Kind) -> str:
    """Return the statement that deletes the spans before an account's oldest message."""
    return f"""
DELETE FROM {kind.table} WHERE account_sid = $1 AND {kind.last} < (
  SELECT {kind.key} FROM messages WHERE account_sid = $1 AND {kind.is_in_order}
  ORDER BY {kind.key} LIMIT 1)
"""  # noqa: S608 as above


CUT_SENT: Final = _cut(_SENT)
CUT_RELEASED: Final = _cut(_RELEASED)
CHECKS: Final = (_check(_SENT), _check(_RELEASED))
FORGETS: Final = (_forget(_SENT), _forget(_RELEASED))
