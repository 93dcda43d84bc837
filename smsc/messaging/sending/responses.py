"""Records what remotes answered to our `submit_sm`s, a batch a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from smsc.db import Connection, storable
from smsc.messaging.statuses import Advance, Changed, advance
from smsc.messaging.tracing.kept_pdus import Frame
from smsc.sms import status_table
from smsc.sms.command_status import Verdict
from smsc.sms.correlation import stored_key
from smsc.sms.status_table import StatusTable
from smsc.unnesting import numbers, sparse, words
from smsc.webhooks.delivery import Claimant

NEVER_ANSWERED: Final = -1  # `segments.command_status` of one that was not sent, or not answered
# After an answer that says "not now", the segment waits this long for its next attempt.
RETRY_SECONDS: Final = (5, 15, 60, 180, 600, 1800, 3600)


class Answer(NamedTuple):
    """One `submit_sm_resp` (or `generic_nack`) and the segment that it answers."""

    connector_sid: str
    message_sid: str
    number: int
    epoch: int
    command_status: int
    smsc_message_id: str | None
    at: datetime
    frames: Sequence[Frame] = ()  # to be kept
    statuses: StatusTable = status_table.STANDARD  # what the connector means by its status
    in_bulk: bool = False
    to: str | None = None  # of a plain message (`Claim.is_plain`), whose text `key_id` seals
    key_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch of responses changed."""

    changed: list[Changed]
    put_back: int  # segments that wait again: throttled, or a temporary error


async def record_responses(
    connection: Connection,
    answers: Sequence[Answer],
    claimant: Claimant | None = None,
    deferred: list[Advance] | None = None,
) -> Recorded:
    """Move answered segments on, and their messages with them; what was throttled goes back.

    An answer under a lost epoch finds no row and changes nothing. A throttled segment takes its old
    place at once; a temporary error waits, and is permanent after the last retry. A permanent one
    cancels those segments of its message that still wait (house rule 2).

    Where `deferred` is given, what went well is put there: the caller makes one change of it and of
    the receipts that have come behind.
    """
    if not answers:
        return Recorded([], 0)
    verdicts = [answer.statuses.verdict(answer.command_status) for answer in answers]
    rows = await connection.fetch(
        _SETTLE,
        words([answer.message_sid for answer in answers]),
        numbers([answer.number for answer in answers]),
        numbers([answer.epoch for answer in answers]),
        numbers([answer.command_status for answer in answers]),
        [storable(answer.smsc_message_id or "") or None for answer in answers],
        [
            storable(stored_key(answer.smsc_message_id)) if answer.smsc_message_id else None
            for answer in answers
        ],
        [answer.at for answer in answers],
        words(verdicts),
        RETRY_SECONDS,
        sparse(
            [
                None if verdict is Verdict.OK else answer.statuses.reason(answer.command_status)
                for answer, verdict in zip(answers, verdicts, strict=True)
            ]
        ),
    )
    asked = {(answer.message_sid, answer.number): answer for answer in answers}
    advances: list[Advance] = []
    refused: list[str] = []
    put_back = 0
    for message_sid, number, status, outcome in rows:
        if outcome == "sent":
            in_bulk = asked[message_sid, number].in_bulk
            advances.append(
                Advance(message_sid=message_sid, sent=1, number=number, in_bulk=in_bulk)
            )
        elif outcome == "waits":
            put_back += 1
        else:
            refused.append(message_sid)
            statuses = asked[message_sid, number].statuses
            advances.append(
                Advance(
                    message_sid=message_sid,
                    failed=1,
                    number=number,
                    error_code=statuses.twilio_error(status),
                    why=statuses.reason(status),
                )
            )
    if refused:
        advances += await cancel_waiting(connection, refused, "another segment was refused")
    if deferred is not None:
        busy = {item.message_sid for item in advances if item.failed}
        deferred += [item for item in advances if item.message_sid not in busy]
        advances = [item for item in advances if item.message_sid in busy] if busy else []
    return Recorded(await advance(connection, advances, claimant), put_back)


async def cancel_waiting(
    connection: Connection, message_sids: Sequence[str], why: str, error_code: int | None = None
) -> list[Advance]:
    """Take what still waits of these messages out of the queue, never to be sent."""
    if not message_sids:
        return []
    rows = await connection.fetch(_CANCEL, list(set(message_sids)), NEVER_ANSWERED)
    return [
        Advance(message_sid=sid, failed=1, number=number, error_code=error_code, why=why)
        for sid, number in rows
    ]


_SETTLE: Final = """
WITH answer AS (
  SELECT * FROM unnest(string_to_array($1, ','), $2::text::smallint[], $3::text::bigint[],
                       $4::text::bigint[], $5::text[], $6::text[], $7::timestamptz[],
                       string_to_array($8, ','), $10::text[])
    AS answer (message_sid, number, epoch, command_status, smsc_message_id, receipt_key, at,
               verdict, why)
), gone AS (
  DELETE FROM in_flight f USING answer a
  WHERE f.message_sid = a.message_sid AND f.number = a.number AND f.epoch = a.epoch
  RETURNING f.*, a.command_status, a.smsc_message_id, a.receipt_key, a.at, a.why,
    CASE WHEN a.verdict = 'ok' THEN 'sent'
         WHEN a.verdict IN ('throttled', 'queue_full') THEN 'waits'
         WHEN a.verdict = 'temporary' AND f.attempts < cardinality($9::integer[]) THEN 'waits'
         ELSE 'refused' END AS outcome,
    CASE WHEN a.verdict = 'temporary' THEN 1 ELSE 0 END AS tried
), answered AS (
  INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                        command_status, smsc_message_id, receipt_key, submitted_at, answered_at)
  SELECT message_sid, number, carrier_sid, account_sid, connector_sid,
         command_status, smsc_message_id, receipt_key, claimed_at, at
  FROM gone WHERE outcome <> 'waits'
), back AS (
  INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
                     attempts, doubts, not_before, waiting_for)
  SELECT connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
         attempts + tried, doubts,
         CASE WHEN tried = 1 THEN now() + make_interval(secs => ($9::integer[])[attempts + 1]) END,
         why
  FROM gone WHERE outcome = 'waits'
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why)
  SELECT message_sid, carrier_sid, account_sid, 'retried', number, why
  FROM gone WHERE outcome = 'waits' AND tried = 1
)
SELECT message_sid, number, command_status, outcome FROM gone
"""

# All segments of a message were queued at one moment, so the queue's key is known from it.
_CANCEL: Final = """
WITH gone AS (
  DELETE FROM queue q USING messages m
  WHERE m.sid = ANY($1::text[]) AND q.connector_sid = m.connector_sid
    AND q.lane IN (m.lane, m.lane + 10) AND q.queued_at = coalesce(m.queued_at, m.created_at)
    AND q.message_sid = m.sid
  RETURNING q.*
)
INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                      command_status, submitted_at, answered_at)
SELECT message_sid, number, carrier_sid, account_sid, connector_sid, $2, now(), now() FROM gone
RETURNING message_sid, number
"""
