"""Events that are owed to carriers' programs: claimed, recorded, told again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import orjson

from smsc import audit
from smsc.audit import Deed
from smsc.db import Connection, Database, storable
from smsc.vault import Vault
from smsc.webhooks import delivery, standard
from smsc.webhooks.delivery import Attempt
from smsc.webhooks.outcome import Method, WebhookRequest
from smsc.webhooks.payload import form_of

CLAIM_SECONDS: Final = 120  # longer than the longest fetch
MOST_ANSWER_CHARACTERS: Final = 1000
KEPT: Final = timedelta(days=30)
_MOST_FORGOTTEN: Final = 10_000
_GONE: Final = 410  # the receiver wants no more, ever


class DueEvent(NamedTuple):
    """A claimed event, whom it is owed to, and the message that it may be about."""

    subscription_sid: str
    event_sid: str
    carrier_sid: str
    tries: int
    url: str
    secret_sealed: str
    old_secret_sealed: str | None  # None: there is none that still signs
    type: str
    account_sid: str | None
    data: str  # JSON
    created_at: datetime
    message_sid: str | None
    direction: str | None  # None: it is about no message, or that is gone
    to: str | None
    from_: str | None
    num_segments: int | None
    error_code: int | None
    connector_sid: str | None
    messaging_service_sid: str | None
    date_created: datetime | None
    date_sent: datetime | None

    def payload(self) -> dict[str, object]:
        """Return the event as it is told: `type`, `timestamp`, `data`."""
        data: dict[str, object] = orjson.loads(self.data)
        if self.message_sid is not None:
            data |= self._message()
        return {"type": self.type, "timestamp": self.created_at.isoformat(), "data": data}

    def request(self, vault: Vault, now: datetime) -> WebhookRequest:
        """Return the request, signed anew for each try."""
        secrets = [
            vault.open(sealed) for sealed in (self.secret_sealed, self.old_secret_sealed) if sealed
        ]
        body = orjson.dumps(self.payload())
        headers = standard.headers(secrets, self.event_sid, int(now.timestamp()), body)
        return WebhookRequest(
            url=self.url,
            form=form_of(()),
            auth_token=None,
            idempotency_token=self.event_sid,
            method=Method.POST,
            raw=(body, headers),
        )

    def _message(self) -> Mapping[str, object]:
        if self.direction is None:
            return {"sid": self.message_sid, "account_sid": self.account_sid}
        return {
            "sid": self.message_sid,
            "account_sid": self.account_sid,
            "status": self.type.partition(".")[2],
            "direction": self.direction,
            "to": self.to,
            "from": self.from_ or None,
            "num_segments": self.num_segments,
            "error_code": self.error_code,
            "connector_sid": self.connector_sid,
            "messaging_service_sid": self.messaging_service_sid,
            "date_created": self.date_created,
            "date_sent": self.date_sent,
        }


async def claim(database: Database, most: int, busy: Collection[str] = ()) -> list[DueEvent]:
    """Claim up to `most` deliveries that are due, none of busy subscriptions; committed on return.

    A claim ends by itself.
    """
    async with database.single() as connection:
        rows = await connection.fetch(CLAIM, most, timedelta(seconds=CLAIM_SECONDS), list(busy))
    return [DueEvent._make(row) for row in rows]


async def record(
    database: Database, due: DueEvent, attempts: Sequence[Attempt], luck: float, *, failed: bool
) -> None:
    """Write every attempt, and when to try again, if at all; who is gone is told no more."""
    again = delivery.retry_in(due.tries, luck) if failed else None
    is_gone = failed and bool(attempts) and attempts[-1].http_status == _GONE
    async with database.begin() as connection:
        for tried in attempts:
            await _note(connection, due, tried)
        state = "waiting" if again is not None and not is_gone else "failed"
        await connection.execute(
            _SETTLE,
            due.subscription_sid,
            due.event_sid,
            state if failed else "delivered",
            None if is_gone else again,
        )
        if is_gone:
            await connection.execute(_DISABLE, due.subscription_sid)


async def replay(
    database: Database,
    carrier_sid: str,
    subscription_sid: str,
    *,
    event_sid: str | None = None,
    failed_since: datetime | None = None,
) -> int:
    """Owe a subscription an event again, or all that it did not take since; return how many."""
    async with database.begin() as connection:
        said = await connection.execute(_REPLAY, subscription_sid, event_sid, failed_since)
        count = int(said.rpartition(" ")[2])
        facts = {"events": count}
        await audit.note_on(
            connection,
            Deed("replayed", "events", subscription_sid, carrier_sid=carrier_sid, facts=facts),
        )
    return count


async def forget_old(database: Database) -> int:
    """Delete events that were kept long enough, with all that hangs on them; return how many."""
    async with database.single() as connection:
        said = await connection.execute(_FORGET, datetime.now(UTC) - KEPT, _MOST_FORGOTTEN)
    return int(said.rpartition(" ")[2])


async def _note(connection: Connection, due: DueEvent, tried: Attempt) -> None:
    answer = tried.body[:MOST_ANSWER_CHARACTERS].decode(errors="replace")
    await connection.execute(
        _NOTE,
        due.event_sid,
        due.subscription_sid,
        due.carrier_sid,
        storable(tried.url),
        tried.at,
        tried.duration // timedelta(milliseconds=1),
        tried.http_status,
        None if tried.error is None else storable(tried.error),
        storable(answer),
    )


# For `workers.glances`: whether `claim` has anything to do.
ANY_DUE: Final = "SELECT FROM event_deliveries WHERE due_at <= now()"

CLAIM: Final = """
WITH due AS MATERIALIZED (
  SELECT subscription_sid, event_sid FROM event_deliveries
  WHERE due_at <= now() AND NOT (subscription_sid = ANY($3::text[]))
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE event_deliveries d SET due_at = now() + $2::interval
FROM due
JOIN event_subscriptions s ON s.sid = due.subscription_sid
JOIN carrier_events e ON e.sid = due.event_sid
LEFT JOIN messages m ON m.sid = e.message_sid
WHERE d.subscription_sid = due.subscription_sid AND d.event_sid = due.event_sid
RETURNING d.subscription_sid, d.event_sid, d.carrier_sid, d.tries, s.url, s.secret_sealed,
          CASE WHEN s.old_signs_until > now() THEN s.old_secret_sealed END,
          e.type, e.account_sid, e.data::text, e.created_at, e.message_sid,
          m.direction, m.to_, m.from_, m.num_segments, m.error_code, m.connector_sid,
          m.messaging_service_sid, m.created_at, m.sent_at
"""
_SETTLE: Final = """
UPDATE event_deliveries
SET state = $3, tries = tries + 1, due_at = now() + $4::interval
WHERE subscription_sid = $1 AND event_sid = $2
"""
_DISABLE: Final = """
UPDATE event_subscriptions SET state = 'disabled', updated_at = now() WHERE sid = $1
"""
_NOTE: Final = """
INSERT INTO event_attempts (event_sid, subscription_sid, carrier_sid, url, at, duration_ms,
                            http_status, error, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_REPLAY: Final = """
UPDATE event_deliveries SET state = 'waiting', tries = 0, due_at = now()
WHERE subscription_sid = $1 AND ($2::text IS NULL OR event_sid = $2)
  AND ($3::timestamptz IS NULL OR state <> 'delivered' AND event_sid IN (
    SELECT sid FROM carrier_events WHERE created_at >= $3))
"""
_FORGET: Final = """
DELETE FROM carrier_events WHERE sid IN (
  SELECT sid FROM carrier_events WHERE created_at < $1 ORDER BY sid LIMIT $2)
"""
