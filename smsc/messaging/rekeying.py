"""Gives another key to what is left of a day of which something was redacted.

The old key then seals nothing more, and ends: what was redacted is readable in no dead row, log or
backup, though the rest of its day is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from smsc import sids
from smsc.db import Connection, Database
from smsc.messaging import purging
from smsc.messaging.purging import GRACE, IS_SETTLED
from smsc.sealing import Keys

BATCH: Final = 500  # messages a transaction
MOST_BATCHES: Final = 40  # a run


@dataclass(frozen=True, slots=True)
class _Turn:
    """From which key to which one, and both of them at hand."""

    old: int
    new: int
    keys: Keys

    def sealed_anew(self, name: str, octets: bytes | None) -> bytes | None:
        """Return octets under the new key; None: they can't be read, and stay as they are."""
        opened = None if octets is None else self.keys.open(self.old, name, octets)
        return None if opened is None else self.keys.seal(self.new, name, opened)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Sealed values of a message's rows that are told apart by `seq`, and whose key they name."""

    purpose: str
    column: str
    read: str
    put: str


async def retire_young(database: Database, today: date) -> int:
    """Put other keys in the place of touched ones of days that are not over; return how many.

    What these sealed is sealed anew by `replace_keys` once they have settled.

    Raises:
        SettingError: there is no `SMSC_SECRET_KEY` here.
    """
    async with database.single() as connection:
        touched = await connection.fetch(_YOUNG, today - GRACE)
    for (key_id,) in touched:
        await database.sealer.successor(key_id)
    return len(touched)


async def unsettled(database: Database, today: date) -> int:
    """Count the retired keys by which somebody may still seal."""
    async with database.single() as connection:
        count: int = await connection.fetchval(
            _UNSETTLED, today - GRACE, purging.SETTLED, purging.UNASKED
        )
    return count


async def replace_keys(database: Database, today: date, most: int = BATCH * MOST_BATCHES) -> int:
    """Seal anew what touched keys of days at least two days ago seal; return how many messages.

    So it does with what settled keys seal, of whatever day. About `most` messages a run: the next
    one goes on. May run beside the traffic and by several.

    Raises:
        SettingError: there is no `SMSC_SECRET_KEY` here.
    """
    async with database.single() as connection:
        touched = await connection.fetch(_TOUCHED, today - GRACE, purging.SETTLED, purging.UNASKED)
    done = 0
    for key_id, owner_sid, day in touched:
        new = await database.sealer.successor(key_id)
        if new is None:
            continue  # another process has ended it meanwhile
        turn = _Turn(key_id, new, await database.sealer.known([key_id, new]))
        await _turn_bulks(database, turn, owner_sid)
        done += await _turn_messages(database, turn, owner_sid, day, most - done)
        if done >= most:
            break
    return done


async def _turn_messages(
    database: Database, turn: _Turn, account_sid: str, day: date, most: int
) -> int:
    midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    after = sids.first_of(sids.Prefix.MESSAGE, midnight - timedelta(days=1))
    bound = sids.first_of(sids.Prefix.MESSAGE, midnight + timedelta(days=2))
    done = 0
    while done < most:
        async with database.begin() as connection:
            rows = await connection.fetch(OF_KEY, account_sid, after, bound, turn.old, BATCH)
            if rows:
                await _turn_texts(connection, turn, rows)
                found = [row["sid"] for row in rows]
                for rest in (_EVENTS, _ANSWERS):
                    await _turn_numbered(connection, turn, found, of=rest)
                await _turn_receipts(connection, turn, found)
                await _turn_alerts(connection, turn, found)
        done += len(rows)
        if len(rows) < BATCH:
            break
        after = rows[-1]["sid"]
    return done


async def _turn_texts(connection: Connection, turn: _Turn, rows: Sequence[asyncpg.Record]) -> None:
    await connection.execute(
        _PUT_TEXTS,
        [row["sid"] for row in rows],
        [turn.sealed_anew(f"{row['sid']}:body", row["sealed_body"]) for row in rows],
        [turn.sealed_anew(f"{row['sid']}:data", row["user_data"]) for row in rows],
        turn.new,
    )


async def _turn_numbered(
    connection: Connection, turn: _Turn, message_sids: list[str], *, of: _Numbered
) -> None:
    rows = await connection.fetch(of.read, message_sids, turn.old)
    await connection.execute(
        of.put,
        [row["message_sid"] for row in rows],
        [row["seq"] for row in rows],
        _anew(turn, ((f"{row['message_sid']}:{of.purpose}", row[of.column]) for row in rows)),
        turn.new,
    )


async def _turn_receipts(connection: Connection, turn: _Turn, message_sids: list[str]) -> None:
    rows = await connection.fetch(_RECEIPTS, message_sids)
    await connection.execute(
        _PUT_RECEIPTS,
        [row["message_sid"] for row in rows],
        [row["number"] for row in rows],
        _anew(turn, ((f"{row['message_sid']}:event", row["receipt_raw"]) for row in rows)),
    )


async def _turn_alerts(connection: Connection, turn: _Turn, message_sids: list[str]) -> None:
    rows = await connection.fetch(_ALERTS, message_sids, turn.old)
    await connection.execute(
        _PUT_ALERTS,
        [row["sid"] for row in rows],
        _anew(turn, ((f"{row['resource_sid']}:alert", row["sealed"]) for row in rows)),
        turn.new,
    )


async def _turn_bulks(database: Database, turn: _Turn, account_sid: str) -> None:
    async with database.begin() as connection:
        rows = await connection.fetch(_BULKS, account_sid, turn.old)
        await connection.execute(
            _PUT_BULKS,
            [row["sid"] for row in rows],
            _anew(turn, ((f"{row['sid']}:body", row["sealed_body"]) for row in rows)),
            turn.new,
        )


def _anew(turn: _Turn, named: Iterable[tuple[str, bytes]]) -> list[bytes | None]:
    return [turn.sealed_anew(name, octets) for name, octets in named]


# A carrier's keys are never touched: what they seal is kept for hours or days.
_TOUCHED: Final = f"""
SELECT id, owner_sid, day FROM day_keys k
WHERE (day < $1 AND (is_touched OR retired_at IS NOT NULL)) OR {IS_SETTLED} ORDER BY id
"""  # noqa: S608 built of the constant
_YOUNG: Final = """
SELECT id FROM day_keys WHERE day >= $1 AND is_touched AND retired_at IS NULL ORDER BY id
"""
_UNSETTLED: Final = f"""
SELECT count(*) FROM day_keys k WHERE day >= $1 AND retired_at IS NOT NULL AND NOT {IS_SETTLED}
"""  # noqa: S608 built of the constant
# Redacted ones, too: what still comes for a message asks for its key. Locked, so that nothing is
# written by the old key meanwhile; what somebody else has locked is for the next run.
OF_KEY: Final = """
SELECT sid, sealed_body, user_data FROM messages
WHERE account_sid = $1 AND sid > $2 AND sid < $3 AND key_id = $4
ORDER BY sid LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED
"""
_PUT_TEXTS: Final = """
UPDATE messages m SET sealed_body = coalesce(t.sealed_body, m.sealed_body),
  user_data = coalesce(t.user_data, m.user_data), key_id = $4
FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS t (sid, sealed_body, user_data)
WHERE m.sid = t.sid
"""
_EVENTS: Final = _Numbered(
    "event",
    "raw",
    """
SELECT message_sid, seq, raw FROM message_events
WHERE message_sid = ANY($1::text[]) AND raw IS NOT NULL AND key_id = $2
""",
    """
UPDATE message_events e SET raw = coalesce(t.raw, e.raw), key_id = $4
FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS t (message_sid, seq, raw)
WHERE e.message_sid = t.message_sid AND e.seq = t.seq
""",
)
_RECEIPTS: Final = """
SELECT message_sid, number, receipt_raw FROM segments
WHERE message_sid = ANY($1::text[]) AND receipt_raw IS NOT NULL
"""
_PUT_RECEIPTS: Final = """
UPDATE segments s SET receipt_raw = coalesce(t.raw, s.receipt_raw)
FROM unnest($1::text[], $2::smallint[], $3::bytea[]) AS t (message_sid, number, raw)
WHERE s.message_sid = t.message_sid AND s.number = t.number
"""
_ANSWERS: Final = _Numbered(
    "answer",
    "answer",
    """
SELECT message_sid, seq, answer FROM webhook_attempts
WHERE message_sid = ANY($1::text[]) AND answer IS NOT NULL AND key_id = $2
""",
    """
UPDATE webhook_attempts a SET answer = coalesce(t.answer, a.answer), key_id = $4
FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS t (message_sid, seq, answer)
WHERE a.message_sid = t.message_sid AND a.seq = t.seq
""",
)
_ALERTS: Final = """
SELECT sid, resource_sid, sealed FROM alerts
WHERE resource_sid = ANY($1::text[]) AND sealed IS NOT NULL AND key_id = $2
"""
_PUT_ALERTS: Final = """
UPDATE alerts a SET sealed = coalesce(t.sealed, a.sealed), key_id = $3
FROM unnest($1::text[], $2::bytea[]) AS t (sid, sealed) WHERE a.sid = t.sid
"""
_BULKS: Final = """
SELECT sid, sealed_body FROM bulks
WHERE account_sid = $1 AND key_id = $2 AND sealed_body IS NOT NULL FOR NO KEY UPDATE
"""
_PUT_BULKS: Final = """
UPDATE bulks b SET sealed_body = coalesce(t.sealed_body, b.sealed_body), key_id = $3
FROM unnest($1::text[], $2::bytea[]) AS t (sid, sealed_body) WHERE b.sid = t.sid
"""
