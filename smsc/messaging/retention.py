"""Redacts and deletes what accounts no longer keep, in bounded batches; erases a handset's data."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc import audit, sids
from smsc.audit import Deed
from smsc.db import Connection, Database
from smsc.errors import NotFound
from smsc.errors.messages import NotFinished
from smsc.messaging import edits
from smsc.sms.address import parse_destination

BATCH: Final = 500  # messages a transaction
MOST_BATCHES: Final = 40  # that change something, an account and run


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one handset, and how many of its messages are still on their way."""

    messages: int
    unfinished: int
    others: int  # rows: verifications, sticky senders


async def keep_terms(database: Database, now: datetime) -> int:
    """Redact texts and delete messages that are older than their accounts keep them; count them.

    A message that is still on its way stays until it is finished.
    """
    async with database.single() as connection:
        accounts = await connection.fetch(_WITH_TERMS)
    done = 0
    for sid, texts_days, texts_until, messages_days in accounts:
        if messages_days is not None:
            done += await _delete_old(database, sid, _bound(now, messages_days))
        if texts_days is not None:
            done += await _redact_old(
                database, sid, texts_until or "", now - timedelta(days=texts_days)
            )
    return done


async def erase(database: Database, account_sids: Sequence[str], number: str) -> Erased:
    """Delete what accounts have of one handset: messages with all of theirs, and the rest.

    An opt-out stays: it is what keeps its account from writing to the handset again.

    Raises:
        InvalidDestination: that is no phone number.
    """
    handset = parse_destination(number).value
    of_each = [await _erase_of(database, sid, handset) for sid in account_sids]
    return Erased(
        messages=sum(one.messages for one in of_each),
        unfinished=sum(one.unfinished for one in of_each),
        others=sum(one.others for one in of_each),
    )


async def _erase_of(database: Database, account_sid: str, handset: str) -> Erased:
    deleted = unfinished = 0
    after = ""
    while True:
        async with database.single() as connection:
            rows = await connection.fetch(OF_HANDSET, account_sid, handset, after, BATCH)
        for (sid,) in rows:
            try:
                await edits.delete(database, account_sid, sid)
                deleted += 1
            except NotFinished:
                unfinished += 1
            except NotFound:
                continue  # somebody else has deleted it
        if len(rows) < BATCH:
            break
        after = rows[-1][0]
    async with database.begin() as connection:
        counts = [
            await connection.execute(statement, account_sid, handset) for statement in _ERASE_ROWS
        ]
        await audit.note_on(
            connection,
            Deed("erased", "handset", account_sid=account_sid, facts={"messages": deleted}),
        )
    return Erased(deleted, unfinished, sum(int(said.rpartition(" ")[2]) for said in counts))


def _bound(now: datetime, days: int) -> str:
    return sids.first_of(sids.Prefix.MESSAGE, now - timedelta(days=days))


async def _batches(
    database: Database, account_sid: str, after: str, bound: str
) -> AsyncIterator[list[tuple[str, bool]]]:
    """Walk an account's messages of (after, bound), oldest first: SIDs, and whether finished."""
    while True:
        async with database.single() as connection:
            rows = await connection.fetch(OLDEST, account_sid, after, bound, BATCH)
        if rows:
            yield [(sid, status in edits.FINISHED) for sid, status in rows]
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


async def _delete_old(database: Database, account_sid: str, bound: str) -> int:
    deleted = 0
    async for batch in _batches(database, account_sid, "", bound):
        for sid, is_finished in batch:
            if is_finished:
                await edits.delete(database, account_sid, sid, with_its_day=True)
                deleted += 1
        if deleted >= BATCH * MOST_BATCHES:
            break
    return deleted


async def _redact_old(database: Database, account_sid: str, until: str, oldest: datetime) -> int:
    bound = sids.first_of(sids.Prefix.MESSAGE, oldest)
    redacted = changing = 0
    passes = True  # nothing unfinished lies before: the next run can begin behind this
    async for batch in _batches(database, account_sid, until, bound):
        async with database.begin() as connection:
            finished = [sid for sid, is_finished in batch if is_finished]
            changed = await _redact(connection, finished)
            passes = passes and len(finished) == len(batch)
            if passes:
                await connection.execute(_MARK, account_sid, batch[-1][0])
        redacted += changed
        changing += changed > 0
        if changing >= MOST_BATCHES:
            return redacted
    async with database.single() as connection:
        await connection.execute(
            _REDACT_BULKS, account_sid, sids.first_of(sids.Prefix.BULK, oldest)
        )
    return redacted


async def _redact(connection: Connection, message_sids: Sequence[str]) -> int:
    said = await connection.execute(REDACT, message_sids)
    for statement in _REDACT_REST:
        await connection.execute(statement, message_sids)
    return int(said.rpartition(" ")[2])


_WITH_TERMS: Final = """
SELECT sid, texts_days, texts_until, messages_days FROM accounts
WHERE texts_days IS NOT NULL OR messages_days IS NOT NULL ORDER BY sid
"""
_MARK: Final = "UPDATE accounts SET texts_until = $2 WHERE sid = $1"
OLDEST: Final = """
SELECT sid, status FROM messages WHERE account_sid = $1 AND sid > $2 AND sid < $3
ORDER BY sid LIMIT $4
"""
OF_HANDSET: Final = """
SELECT sid FROM (
  (SELECT sid FROM messages WHERE account_sid = $1 AND to_ = $2 AND sid > $3
   ORDER BY sid LIMIT $4)
  UNION
  (SELECT sid FROM messages WHERE account_sid = $1 AND from_ = $2 AND sid > $3
   ORDER BY sid LIMIT $4)
) AS found ORDER BY sid LIMIT $4
"""
REDACT: Final = """
UPDATE messages SET body = '', sealed_body = NULL, user_data = NULL
WHERE sid = ANY($1::text[])
  AND (body <> '' OR sealed_body IS NOT NULL OR user_data IS NOT NULL)
"""
_REDACT_REST: Final = (
    "UPDATE message_events SET raw = NULL WHERE message_sid = ANY($1::text[]) AND raw IS NOT NULL",
    "DELETE FROM kept_pdus WHERE message_sid = ANY($1::text[])",
    """UPDATE alerts SET request_variables = '', response_body = NULL, sealed = NULL
       WHERE resource_sid = ANY($1::text[])""",
)
_REDACT_BULKS: Final = """
UPDATE bulks SET body = '', sealed_body = NULL
WHERE account_sid = $1 AND sid < $2 AND finished_at IS NOT NULL
  AND (body <> '' OR sealed_body IS NOT NULL)
"""
_ERASE_ROWS: Final = (
    "DELETE FROM verifications WHERE account_sid = $1 AND to_ = $2",
    "DELETE FROM sticky_senders WHERE account_sid = $1 AND to_ = $2",
)
