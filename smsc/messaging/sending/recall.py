"""Takes messages back while all of them still waits, or puts another text in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc.db import Connection, Database, sealer_of
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.sms.segments import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What comes in the place of a message's text, and of the time that it may wait."""

    body: str
    plan: Plan
    registered_delivery: int
    validity: timedelta | None = None  # None: as it was
    send_at: datetime | None = None  # of a message that is scheduled; None: as it was


async def cancel(
    database: Database,
    account_sid: str,
    sids: Sequence[str],
    why: str = "its ESME canceled it",
) -> list[Changed]:
    """Cancel those of the account's messages that are scheduled, or wait whole.

    A segment that may have been written counts as gone: nobody can take that back.
    """
    async with database.begin() as connection:
        rows = await connection.fetch(_UNSCHEDULE, list(sids), account_sid)
        rows += await connection.fetch(_TAKE_WHOLE, list(sids), account_sid)
        return await advance(
            connection,
            [
                Advance(message_sid=sid, canceled=True, why=why)
                for sid in {row["message_sid"] for row in rows}
            ],
        )


async def replace(database: Database, account_sid: str, sid: str, replacement: Replacement) -> bool:
    """Change the text of a message that is scheduled, or waits whole; it keeps its place.

    Say whether that was so; else nothing has changed. What waits in the queue has had its time:
    it can get no other.
    """
    async with database.begin() as connection:
        if await connection.fetch(_RESCHEDULE, sid, account_sid, replacement.send_at):
            await _change(connection, sid, replacement)
            return True
        if replacement.send_at is not None:
            return False
        rows = await connection.fetch(_TAKE_WHOLE, [sid], account_sid)
        if not rows:
            return False
        await _change(connection, sid, replacement)
        plan = replacement.plan
        place = rows[0]
        await connection.execute(
            _WAIT_AGAIN,
            sid,
            place["connector_sid"],
            place["lane"],
            place["queued_at"],
            place["carrier_sid"],
            account_sid,
            plan.count if plan.submits is None else plan.submits,
        )
        if replacement.validity is not None:
            await connection.execute(
                _EXPIRE, sid, place["carrier_sid"], account_sid, replacement.validity
            )
    return True


async def _change(connection: Connection, sid: str, replacement: Replacement) -> None:
    validity = replacement.validity
    key_id = await connection.fetchval(_KEY, sid)
    keys = await sealer_of(connection).known([key_id])
    text = keys.seal_again(key_id, sid, replacement.body, None)
    await connection.execute(
        _CHANGE,
        sid,
        text.body,
        int(replacement.plan.data_coding),
        replacement.plan.count,
        replacement.plan.submits,
        replacement.registered_delivery,
        None if validity is None else int(validity.total_seconds()),
        text.sealed_body,
        text.key_id,
    )


# Locked: another key may just take its place.
_KEY: Final = "SELECT key_id FROM messages WHERE sid = $1 FOR NO KEY UPDATE"

# A message that is being released is locked, and passed over.
_UNSCHEDULE: Final = """
DELETE FROM scheduled_messages WHERE message_sid IN (
  SELECT s.message_sid FROM scheduled_messages s
  WHERE s.message_sid = ANY($1::text[]) AND s.account_sid = $2 FOR UPDATE SKIP LOCKED)
RETURNING message_sid
"""

_RESCHEDULE: Final = """
UPDATE scheduled_messages SET send_at = coalesce($3::timestamptz, send_at) WHERE message_sid IN (
  SELECT s.message_sid FROM scheduled_messages s
  WHERE s.message_sid = $1 AND s.account_sid = $2 FOR UPDATE SKIP LOCKED)
RETURNING message_sid
"""


# A message whose rows are being claimed is not whole: they are locked, and passed over.
_TAKE_WHOLE: Final = """
WITH waiting AS MATERIALIZED (
  SELECT q.ctid AS place, q.doubts, m.sid, coalesce(m.num_submits, m.num_segments) AS submits
  FROM messages m
  JOIN queue q ON q.connector_sid = m.connector_sid AND q.lane IN (m.lane, m.lane + 10)
    AND q.queued_at = coalesce(m.queued_at, m.created_at) AND q.message_sid = m.sid
  WHERE m.sid = ANY($1::text[]) AND m.account_sid = $2 AND m.status = 'queued'
  FOR UPDATE OF q SKIP LOCKED
), whole AS (
  SELECT sid FROM waiting GROUP BY sid, submits HAVING count(*) = submits AND max(doubts) = 0
)
DELETE FROM queue USING waiting, whole
WHERE waiting.sid = whole.sid AND queue.ctid = waiting.place
RETURNING queue.message_sid, queue.connector_sid, queue.lane, queue.queued_at, queue.carrier_sid
"""

_CHANGE: Final = """
WITH changed AS (
  UPDATE messages SET body = $2, sealed_body = $8, key_id = $9, data_coding = $3,
    num_segments = $4, num_submits = $5, registered_delivery = $6,
    validity_seconds = coalesce($7, validity_seconds), updated_at = clock_timestamp()
  WHERE sid = $1 RETURNING sid, carrier_sid, account_sid
)
INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, why)
SELECT sid, carrier_sid, account_sid, 'replaced', 'its ESME replaced the text' FROM changed
"""

_WAIT_AGAIN: Final = """
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT $2, $3, $4, $1, number, $5, $6 FROM generate_series(1, $7) AS number
"""

_EXPIRE: Final = """
INSERT INTO message_deadlines (message_sid, carrier_sid, account_sid, expires_at)
VALUES ($1, $2, $3, now() + $4::interval)
ON CONFLICT (message_sid) DO UPDATE SET expires_at = excluded.expires_at
"""
