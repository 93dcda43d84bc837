"""What becomes of bulks: paused, resumed, canceled; ended when their time is over; completed."""

from dataclasses import dataclass
from typing import Final

from smsc.db import Connection, Database
from smsc.errors import NotFound
from smsc.errors.bulk import BulkIsOver
from smsc.messaging.sending import batches, recall, validity
from smsc.messaging.sending.responses import cancel_waiting
from smsc.messaging.statuses import advance
from smsc.messaging.statuses_in_bulk import Span, end
from smsc.sms.status import MessageStatus

CANCELED_WHY: Final = "its bulk was canceled"
_MOST_AT_ONCE: Final = 500  # messages that are taken back out of the queue


@dataclass(frozen=True, slots=True)
class _Open:
    """A bulk that is not finished."""

    sid: str
    account_sid: str
    first_sid: str
    last_sid: str
    is_canceled: bool
    is_expired: bool
    has_batches: bool


async def pause(database: Database, account_sid: str, sid: str) -> None:
    """Claim nothing more of a bulk; what is in flight goes on.

    Raises:
        NotFound, BulkIsOver: there is nothing to pause.
    """
    await _change(database, account_sid, sid, "paused", ("sending", "paused"), held=True)


async def resume(database: Database, account_sid: str, sid: str) -> None:
    """Let a bulk go on where it was paused.

    Raises:
        NotFound, BulkIsOver: there is nothing to resume.
    """
    await _change(database, account_sid, sid, "sending", ("sending", "paused"), held=False)


async def cancel(database: Database, account_sid: str, sid: str) -> None:
    """Claim nothing more of a bulk, for good; the clock cancels the messages that wait.

    Raises:
        NotFound, BulkIsOver: there is nothing to cancel.
    """
    expected = ("sending", "paused", "canceled")
    await _change(database, account_sid, sid, "canceled", expected, held=True)


async def look_after(database: Database) -> int:
    """End what waits of canceled and expired bulks, and complete what has nothing left to wait.

    Returns how many messages were ended and bulks completed.
    """
    async with database.single() as connection:
        rows = await connection.fetch(_OPEN)
    done = 0
    for row in rows:
        bulk = _Open(*row)
        if bulk.is_canceled or bulk.is_expired:
            async with database.single() as connection:
                await batches.hold(connection, bulk.sid, held=True)
            while (ended := await _end_batch(database, bulk)) is not None:
                done += ended
            done += await _take_back(database, bulk)
        elif bulk.has_batches:
            continue
        async with database.single() as connection:
            done += bool(await connection.fetchval(_FINISH, bulk.sid))
    return done


async def _change(
    database: Database,
    account_sid: str,
    sid: str,
    status: str,
    expected: tuple[str, ...],
    *,
    held: bool,
) -> None:
    async with database.begin() as connection:
        if await connection.fetchval(_CHANGE, sid, account_sid, status, expected):
            await batches.hold(connection, sid, held=held)
            return
        now = await connection.fetchval(
            "SELECT status FROM bulks WHERE sid = $1 AND account_sid = $2", sid, account_sid
        )
    if now is None:
        raise NotFound(sid)
    raise BulkIsOver(now)


async def _end_batch(database: Database, bulk: _Open) -> int | None:
    """End the messages of one batch; return how many, or None: there is no further batch."""
    async with database.begin() as connection:
        row = await connection.fetchrow(_TAKE_BATCH, bulk.sid)
        if row is None:
            return None
        return await _end(connection, bulk, Span(bulk.sid, *row))


async def _end(connection: Connection, bulk: _Open, span: Span) -> int:
    if bulk.is_canceled:
        return await end(connection, span, MessageStatus.CANCELED, None, CANCELED_WHY)
    return await end(connection, span, MessageStatus.FAILED, validity.EXPIRED, validity.WHY)


async def _take_back(database: Database, bulk: _Open) -> int:
    """End what had been claimed and was put back into the queue."""
    async with database.single() as connection:
        rows = await connection.fetch(
            _WAITING_AGAIN, bulk.sid, bulk.first_sid, bulk.last_sid, _MOST_AT_ONCE
        )
    sids = [row[0] for row in rows]
    if not sids:
        return 0
    if bulk.is_canceled:
        return len(await recall.cancel(database, bulk.account_sid, sids, CANCELED_WHY))
    async with database.begin() as connection:
        waiting = await cancel_waiting(connection, sids, validity.WHY, validity.EXPIRED)
        return len(await advance(connection, waiting))


_CHANGE: Final = """
UPDATE bulks SET status = $3, updated_at = now()
WHERE sid = $1 AND account_sid = $2 AND finished_at IS NULL AND status = ANY($4::text[])
RETURNING true
"""

# For `workers.glances`: whether `look_after` has anything to do.
ANY_DUE: Final = "SELECT FROM bulks WHERE finished_at IS NULL"

_OPEN: Final = """
SELECT sid, account_sid, coalesce(first_sid, ''), coalesce(last_sid, ''),
       status = 'canceled', expires_at <= now(),
       EXISTS (SELECT FROM bulk_batches WHERE bulk_sid = bulks.sid)
FROM bulks WHERE finished_at IS NULL ORDER BY sid
"""

_TAKE_BATCH: Final = """
DELETE FROM bulk_batches b USING (
  SELECT bulk_sid, connector_sid, first_sid FROM bulk_batches
  WHERE bulk_sid = $1 LIMIT 1 FOR UPDATE SKIP LOCKED
) AS one
WHERE b.bulk_sid = one.bulk_sid AND b.connector_sid = one.connector_sid
  AND b.first_sid = one.first_sid
RETURNING b.connector_sid, b.after_sid, b.first_sid, b.last_sid
"""

_WAITING_AGAIN: Final = """
SELECT DISTINCT m.sid FROM messages m
JOIN queue q ON q.connector_sid = m.connector_sid AND q.lane IN (m.lane, m.lane + 10)
  AND q.queued_at = coalesce(m.queued_at, m.created_at) AND q.message_sid = m.sid
WHERE m.sid >= $2 AND m.sid <= $3 AND m.bulk_sid = $1 AND m.status = 'queued'
LIMIT $4
"""

# From the end, where what waits longest is. A message in flight is still `queued`.
_FINISH: Final = """
UPDATE bulks b
SET status = CASE b.status WHEN 'canceled' THEN b.status ELSE 'completed' END,
    finished_at = now(), updated_at = now(),
    callback_due_at = CASE WHEN b.status_callback IS NOT NULL THEN now() END
WHERE b.sid = $1 AND b.finished_at IS NULL
  AND NOT EXISTS (SELECT FROM bulk_batches w WHERE w.bulk_sid = b.sid)
  AND (SELECT true FROM messages m
       WHERE m.sid >= b.first_sid AND m.sid <= b.last_sid AND m.bulk_sid = b.sid
         AND m.status = 'queued'
       ORDER BY m.sid DESC LIMIT 1) IS NULL
RETURNING true
"""
