"""The journey of one message: where its segments are, what happened when, who was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import asyncpg

from smsc.db import Connection, Database
from smsc.messaging.edits import FINISHED
from smsc.messaging.reading.queries import PRICE, StoredMessage, stored
from smsc.sealing import Keys
from smsc.sms import receipt
from smsc.sms.status import MessageState


class Place(StrEnum):
    """Where a segment is."""

    QUEUED = "queued"
    IN_FLIGHT = "in_flight"  # claimed; perhaps written, not answered
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentJourney:
    """A segment: where it is, and what the remote said of it."""

    number: int  # from 1
    place: Place
    connector_sid: str
    attempts: int  # answered with a temporary error before
    waiting_for: str | None
    submitted_at: datetime | None
    answered_at: datetime | None
    command_status: int | None
    smsc_message_id: str | None
    message_state: int | None  # of the receipt
    receipt_at: datetime | None
    receipt_error: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the message or of a segment of it."""

    at: datetime
    event: str
    number: int | None
    why: str | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that was made to the customer, and its outcome."""

    seq: int  # by which the log of webhooks knows it
    at: datetime
    event: str
    url: str
    duration_ms: int
    http_status: int | None
    error_code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """All that the house knows of a message's way."""

    message: StoredMessage
    connector_sid: str | None
    channel_sid: str | None  # the SIM that it went or came by
    segments: Sequence[SegmentJourney]
    events: Sequence[Event]
    attempts: Sequence[Attempt]
    callbacks_owed: Sequence[str]  # events of which the customer is to be told yet
    text_style: str | None = None  # how the connector wants it cut; smsc.sms.text_style
    has_own_octets: bool = False  # an ESME's segment, passed on as it came

    @property
    def webhooks_owed(self) -> int:
        """How many requests to the customer are to be delivered yet."""
        return len(self.callbacks_owed)


async def trace(database: Database, carrier_sid: str, sid: str) -> Journey | None:
    """Return the journey of a carrier's message."""
    async with database.begin() as connection:
        message = await connection.fetchrow(
            f"SELECT *, {PRICE} FROM messages "  # noqa: S608 a constant
            "WHERE sid = $1 AND carrier_sid = $2",
            sid,
            carrier_sid,
        )
        if message is None:
            return None
        events = await connection.fetch(
            "SELECT at, event, number, why, raw, key_id FROM message_events "
            "WHERE message_sid = $1 ORDER BY seq",
            sid,
        )
        keys = await database.sealer.known(
            [message["key_id"], *(event["key_id"] for event in events)]
        )
        attempts = await connection.fetch(
            "SELECT seq, at, event, url, duration_ms, http_status, error_code, error "
            "FROM webhook_attempts WHERE message_sid = $1 ORDER BY seq",
            sid,
        )
        owed = await connection.fetch(_OWED, sid, message["account_sid"], message["status"])
        return Journey(
            message=stored(message, keys),
            connector_sid=message["connector_sid"],
            channel_sid=message["channel_sid"],
            segments=await _segments(connection, message),
            events=await _events(
                connection, message, [_event(keys, sid, row) for row in events], keys
            ),
            attempts=[Attempt(*row) for row in attempts],
            callbacks_owed=[row["event"] for row in owed],
            text_style=message["text_style"],
            has_own_octets=message["user_data"] is not None,
        )


def _event(keys: Keys, sid: str, row: asyncpg.Record) -> Event:
    raw = row["raw"]
    opened = None if raw is None else keys.open(row["key_id"], f"{sid}:event", raw)
    return Event(row["at"], row["event"], row["number"], row["why"], opened)


async def _events(
    connection: Connection, message: asyncpg.Record, events: list[Event], keys: Keys
) -> list[Event]:
    """Add what is not noted because rows say it.

    When a scheduled message was queued, when one was sent, and what its receipt was that says it
    is delivered.
    """
    known = {event.event for event in events}
    if message["queued_at"] is not None and "queued" not in known:
        events = [Event(message["queued_at"], "queued", None, None, None), *events]
    sent_at = message["sent_at"]
    is_sent = sent_at is not None and not message["segments_failed"]
    is_delivered = message["status"] == "delivered" and "delivered" not in known
    if is_sent and "sent" not in known:
        events = [Event(sent_at, "sent", None, None, None), *events]
    if is_delivered:
        events += await _delivered(connection, message, keys)
    # What one transaction did has one time, and stays in the order in which it was added above.
    return sorted(events, key=lambda event: event.at)


async def _delivered(
    connection: Connection, message: asyncpg.Record, keys: Keys
) -> Sequence[Event]:
    """Return the receipt that a message is delivered by, from beside its segment."""
    row = await connection.fetchrow(
        "SELECT receipt_at, number, receipt_raw, state, receipt_error FROM segments "
        "WHERE message_sid = $1 AND receipt_at IS NOT NULL ORDER BY receipt_at DESC LIMIT 1",
        message["sid"],
    )
    if row is None:
        return ()
    at, number, sealed, state, error = row
    name = f"{message['sid']}:event"
    raw = None if sealed is None else keys.open(message["key_id"], name, sealed)
    word = MessageState(state).name if raw is None else receipt.parse(raw).raw_state
    return (Event(at, "delivered", number, f"{word} err:{error}" if error else word, raw),)


async def _segments(connection: Connection, message: asyncpg.Record) -> list[SegmentJourney]:
    rows = await connection.fetch(
        _SEGMENTS,
        message["sid"],
        message["connector_sid"],
        message["lane"],
        message["created_at"],
        message["status"] not in FINISHED,
    )
    if not rows and message["bulk_sid"] is not None:
        rows = await connection.fetch(
            _OF_BULK, message["bulk_sid"], message["connector_sid"], message["sid"]
        )
    standing = None
    if any(row["place"] == Place.QUEUED and row["waiting_for"] is None for row in rows):
        standing = await connection.fetchval(_STANDING, message["connector_sid"])
    return [
        SegmentJourney(
            **{
                **row,
                "place": Place(row["place"]),
                "waiting_for": row["waiting_for"]
                or (standing if row["place"] == Place.QUEUED else None),
            }
        )
        for row in rows
    ]


# Those of a batch are done when their attempt is on record. As in `webhooks.callback_batches`, what
# they are about is known from their place, and from the status, which is final then.
_OWED: Final = """
SELECT event FROM (
  SELECT ordinal, event FROM webhooks WHERE message_sid = $1
  UNION
  SELECT owed.ordinal, step.event
  FROM callback_batches b, unnest(b.message_sids, b.ordinals) AS owed (message_sid, ordinal),
  LATERAL (SELECT CASE owed.ordinal WHEN 10 THEN 'sent' ELSE $3 END AS event) AS step
  WHERE b.account_sid = $2 AND owed.message_sid = $1 AND NOT EXISTS (
    SELECT FROM webhook_attempts a WHERE a.message_sid = $1 AND a.event = step.event)
) callback
ORDER BY ordinal
"""

# What of a bulk is not claimed yet has no rows of its own: its batch stands for them.
_OF_BULK: Final = """
SELECT 1 AS number, 'queued' AS place, b.connector_sid, 0 AS attempts,
       CASE WHEN a.quarantined_at IS NOT NULL THEN 'its account is in quarantine'
            WHEN b.held THEN 'its bulk is paused' END AS waiting_for,
       NULL::timestamptz AS submitted_at, NULL::timestamptz AS answered_at,
       NULL AS command_status, NULL AS smsc_message_id, NULL AS message_state,
       NULL::timestamptz AS receipt_at, NULL AS receipt_error
FROM bulk_batches b JOIN accounts a ON a.sid = b.account_sid
WHERE b.bulk_sid = $1 AND b.connector_sid = $2 AND b.first_sid <= $3 AND b.last_sid >= $3
  AND b.after_sid < $3
LIMIT 1
"""

# Why a connector sends nothing, if it doesn't.
_STANDING: Final = """
SELECT CASE
         WHEN c.paused THEN 'the connector is paused'
         WHEN c.lent_until > now() THEN 'the connector is lent to a probe'
         WHEN l.owner IS NULL OR l.expires_at <= now() THEN 'no gateway process runs the connector'
         WHEN l.state <> 'bound'
           THEN 'the connector is ' || replace(l.state, '_', ' ')
                || CASE WHEN l.reason = '' THEN '' ELSE ': ' || l.reason END
       END
FROM connectors c JOIN connector_leases l ON l.connector_sid = c.sid WHERE c.sid = $1
"""


# `queue` has no index by message; its key begins with connector, lane and time of queueing, which
# is never before the message's creation. Of a finished message ($5 is false) nothing is looked for
# there: behind an old one all of a long queue would be.
_SEGMENTS: Final = """
SELECT number, 'answered' AS place, connector_sid, 0 AS attempts, NULL AS waiting_for,
       submitted_at, answered_at, command_status, smsc_message_id,
       state AS message_state, receipt_at, receipt_error
FROM segments WHERE message_sid = $1
UNION ALL
SELECT number, 'in_flight', connector_sid, attempts, NULL,
       claimed_at, NULL, NULL, NULL, NULL, NULL, NULL
FROM in_flight WHERE message_sid = $1
UNION ALL
SELECT number, 'queued', connector_sid, attempts, waiting_for,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM queue
WHERE connector_sid = $2 AND lane IN ($3, $3 + 10) AND queued_at >= $4 AND message_sid = $1
  AND $5
ORDER BY number
"""
