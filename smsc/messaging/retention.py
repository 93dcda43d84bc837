"""Redacts and deletes what accounts no longer keep, in bounded batches, oldest first.

An account has four terms: of texts, of the other party's numbers, of logs (history, webhook
attempts, alerts, kept PDUs), and of whole messages. None is shorter than its carrier's minimums.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc import sids
from smsc.db import Connection, Database
from smsc.messaging import edits
from smsc.sms.address import MASK

BATCH: Final = 500  # messages a transaction
MOST_BATCHES: Final = 40  # that change something, an account and run


@dataclass(frozen=True, slots=True)
class Term:
    """What is done to messages of a certain age; the column says up to which SID it was.

    The first statement counts; `beside` are what has no message, by account and the time.
    """

    column: str
    statements: Sequence[str]
    beside: Sequence[str]

    @property
    def mark(self) -> str:
        """The statement that remembers how far it has come."""
        return f"UPDATE accounts SET {self.column} = $2 WHERE sid = $1"  # noqa: S608 of these below


async def keep_terms(database: Database, now: datetime) -> int:
    """Do to messages what their accounts' terms say; count what was changed.

    A message that is still on its way stays until it is finished.
    """
    async with database.single() as connection:
        accounts = await connection.fetch(WITH_TERMS)
    done = 0
    for row in accounts:
        sid = row["sid"]
        if row["messages_days"] is not None:
            bound = sids.first_of(sids.Prefix.MESSAGE, now - timedelta(days=row["messages_days"]))
            done += await _delete_old(database, sid, bound)
        for days, until, term in (
            (row["texts_days"], row["texts_until"], TEXTS),
            (row["numbers_days"], row["numbers_until"], NUMBERS),
            (row["logs_days"], row["logs_until"], LOGS),
        ):
            if days is not None:
                done += await _keep(database, sid, until or "", term, now - timedelta(days=days))
    return done


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


async def _keep(
    database: Database, account_sid: str, until: str, term: Term, oldest: datetime
) -> int:
    bound = sids.first_of(sids.Prefix.MESSAGE, oldest)
    changed = changing = 0
    passes = True  # nothing unfinished lies before: the next run can begin behind this
    async for batch in _batches(database, account_sid, until, bound):
        async with database.begin() as connection:
            finished = [sid for sid, is_finished in batch if is_finished]
            count = await _apply(connection, term, finished)
            passes = passes and len(finished) == len(batch)
            if passes:
                await connection.execute(term.mark, account_sid, batch[-1][0])
        changed += count
        changing += count > 0
        if changing >= MOST_BATCHES:
            return changed
    async with database.single() as connection:
        for statement in term.beside:
            await connection.execute(statement, account_sid, oldest)
    return changed


async def _apply(connection: Connection, term: Term, message_sids: Sequence[str]) -> int:
    said = [await connection.execute(statement, message_sids) for statement in term.statements]
    first, *rest = (int(words.rpartition(" ")[2]) for words in said)
    return first or max(rest)  # of a usual message no event was noted


# A minimum holds for all of a carrier's accounts (""), or for those with a number of a country.
# As a message's end is that of its text, number and logs, it is kept as long as any of these.
WITH_TERMS: Final = """
SELECT a.sid, a.texts_until, a.numbers_until, a.logs_until,
       CASE WHEN a.texts_days IS NOT NULL THEN greatest(a.texts_days, least.texts) END
         AS texts_days,
       CASE WHEN a.numbers_days IS NOT NULL THEN greatest(a.numbers_days, least.numbers) END
         AS numbers_days,
       CASE WHEN a.logs_days IS NOT NULL THEN greatest(a.logs_days, least.logs) END
         AS logs_days,
       CASE WHEN a.messages_days IS NOT NULL
            THEN greatest(a.messages_days, least.messages, least.texts, least.numbers, least.logs)
            END AS messages_days
FROM accounts a, LATERAL (
  SELECT max(m.texts_days) AS texts, max(m.numbers_days) AS numbers, max(m.logs_days) AS logs,
         max(m.messages_days) AS messages
  FROM retention_minimums m
  WHERE m.carrier_sid = a.carrier_sid AND (m.iso_country = '' OR m.iso_country IN (
    SELECT n.iso_country FROM phone_numbers n WHERE n.account_sid = a.sid))
) AS least
WHERE a.texts_days IS NOT NULL OR a.numbers_days IS NOT NULL OR a.logs_days IS NOT NULL
   OR a.messages_days IS NOT NULL
ORDER BY a.sid
"""
OLDEST: Final = """
SELECT sid, status FROM messages WHERE account_sid = $1 AND sid > $2 AND sid < $3
ORDER BY sid LIMIT $4
"""
REDACT: Final = """
UPDATE messages SET body = '', sealed_body = NULL, user_data = NULL
WHERE sid = ANY($1::text[])
  AND (body <> '' OR sealed_body IS NOT NULL OR user_data IS NOT NULL)
"""
# A raw receipt repeats the beginning of the text, and some the number.
_FORGET_RECEIPTS: Final = (
    "UPDATE message_events SET raw = NULL WHERE message_sid = ANY($1::text[]) AND raw IS NOT NULL",
    """UPDATE segments SET receipt_raw = NULL
       WHERE message_sid = ANY($1::text[]) AND receipt_raw IS NOT NULL""",
)
_FORGET_PDUS: Final = "DELETE FROM kept_pdus WHERE message_sid = ANY($1::text[])"
_FORGET_REQUESTS: Final = """
UPDATE alerts SET request_variables = '', response_body = NULL, sealed = NULL
WHERE resource_sid = ANY($1::text[])
"""
_FORGET_ANSWERS: Final = """
UPDATE webhook_attempts SET answer = NULL
WHERE message_sid = ANY($1::text[]) AND answer IS NOT NULL
"""
_FORGET_API_REQUESTS: Final = "DELETE FROM api_requests WHERE account_sid = $1 AND at < $2"
_REDACT_BULKS: Final = """
UPDATE bulks SET body = '', sealed_body = NULL
WHERE account_sid = $1 AND created_at < $2 AND finished_at IS NOT NULL
  AND (body <> '' OR sealed_body IS NOT NULL)
"""
_IS_NUMBER: Final = "'^[+]?[0-9]{7,}$'"  # no short code and no name
_MASKED: Final = f"regexp_replace({{}}, '[0-9]{{{{4}}}}$', '{MASK}')"
MASK_NUMBERS: Final = f"""
UPDATE messages SET
  to_ = CASE WHEN direction <> 'inbound' AND to_ ~ {_IS_NUMBER}
             THEN {_MASKED.format("to_")} ELSE to_ END,
  from_ = CASE WHEN direction = 'inbound' AND from_ ~ {_IS_NUMBER}
               THEN {_MASKED.format("from_")} ELSE from_ END,
  submitted_as = NULL
WHERE sid = ANY($1::text[])
  AND (CASE WHEN direction = 'inbound' THEN from_ ELSE to_ END ~ {_IS_NUMBER}
       OR submitted_as IS NOT NULL)
"""  # noqa: S608 built of the constants above
_FORGET_REJECTIONS: Final = """
DELETE FROM bulk_rejections r USING bulks b
WHERE b.sid = r.bulk_sid AND b.account_sid = $1 AND b.created_at < $2
"""
_FORGET_STICKY: Final = """
DELETE FROM sticky_senders k USING messaging_services s
WHERE s.sid = k.messaging_service_sid AND s.account_sid = $1 AND k.updated_at < $2
"""
_FORGET_VERIFICATIONS: Final = """
DELETE FROM verifications v USING verify_services s
WHERE s.sid = v.service_sid AND s.account_sid = $1 AND v.created_at < $2 AND v.status <> 'pending'
"""
_FORGET_HISTORY: Final = "DELETE FROM message_events WHERE message_sid = ANY($1::text[])"
_FORGET_ATTEMPTS: Final = "DELETE FROM webhook_attempts WHERE message_sid = ANY($1::text[])"
_FORGET_ALERTS: Final = "DELETE FROM alerts WHERE resource_sid = ANY($1::text[])"

_FORGET_CONTENTS: Final = (*_FORGET_RECEIPTS, _FORGET_PDUS, _FORGET_REQUESTS, _FORGET_ANSWERS)

TEXTS: Final = Term("texts_until", (REDACT, *_FORGET_CONTENTS), (_REDACT_BULKS,))
NUMBERS: Final = Term(
    "numbers_until",
    (MASK_NUMBERS, *_FORGET_CONTENTS),
    (_FORGET_REJECTIONS, _FORGET_STICKY, _FORGET_VERIFICATIONS, _FORGET_API_REQUESTS),
)
LOGS: Final = Term(
    "logs_until",
    (_FORGET_HISTORY, _FORGET_RECEIPTS[1], _FORGET_ATTEMPTS, _FORGET_ALERTS, _FORGET_PDUS),
    (_FORGET_API_REQUESTS,),
)
