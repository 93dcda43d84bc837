"""The status callbacks of bulks: one a bulk, when nothing of it waits any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from smsc.db import Database, storable
from smsc.webhooks import alerts, delivery
from smsc.webhooks.delivery import Attempt
from smsc.webhooks.outcome import Method, WebhookRequest
from smsc.webhooks.payload import API_VERSION, Params, form_of

CLAIM_SECONDS: Final = 300  # longer than the longest fetch
MOST_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A claimed callback: of which bulk, and where to. Implements `alerts.Told`."""

    bulk_sid: str
    carrier_sid: str
    account_sid: str
    status: str
    url: str
    recipients: int
    rejected: int
    tries: int
    counts: Mapping[str, int]  # of its messages, by status

    @property
    def message_sid(self) -> str:
        """What an alert is about."""
        return self.bulk_sid

    @property
    def key_id(self) -> None:
        """The key that seals what is said of it: counts need none."""
        return

    def params(self) -> Params:
        """Return the parameters that the customer's program gets."""
        counts = [(f"{name.capitalize()}Count", str(n)) for name, n in self.counts.items()]
        return [
            ("BulkSid", self.bulk_sid),
            ("BulkStatus", self.status),
            ("AccountSid", self.account_sid),
            ("ApiVersion", API_VERSION),
            ("Recipients", str(self.recipients)),
            ("Rejected", str(self.rejected)),
            *counts,
        ]

    def request(self, auth_token: str) -> WebhookRequest:
        """Return the request; every try of it has one token."""
        return WebhookRequest(
            url=self.url,
            form=form_of(self.params()),
            auth_token=auth_token,
            idempotency_token=f"{self.bulk_sid}.{self.status}",
            method=Method.POST,
        )


async def claim(database: Database) -> list[DueCallback]:
    """Claim callbacks that are due; committed on return. A claim ends by itself."""
    async with database.begin() as connection:
        rows = await connection.fetch(_CLAIM, MOST_AT_ONCE, timedelta(seconds=CLAIM_SECONDS))
        due = []
        for row in rows:
            facts = dict(row)
            span = facts.pop("first_sid"), facts.pop("last_sid")
            counts = await connection.fetch(COUNTS, facts["bulk_sid"], *span)
            due.append(DueCallback(**facts, counts={one[0]: one[1] for one in counts}))
    return due


async def record(
    database: Database,
    callback: DueCallback,
    attempts: Sequence[Attempt],
    retry_in: timedelta | None,
) -> None:
    """Write every attempt, and when to try again; None: done, or given up."""
    async with database.begin() as connection:
        for tried in attempts:
            await connection.execute(
                _NOTE,
                callback.bulk_sid,
                callback.carrier_sid,
                callback.account_sid,
                callback.status,
                storable(tried.url),
                tried.at,
                tried.duration // timedelta(milliseconds=1),
                tried.http_status,
                tried.error_code,
                None if tried.error is None else storable(tried.error),
            )
        await alerts.write(connection, [(callback, tried) for tried in attempts])
        await connection.execute(
            """
            UPDATE bulks SET callback_due_at = now() + $2::interval,
                             callback_tries = callback_tries + 1
            WHERE sid = $1
            """,
            callback.bulk_sid,
            retry_in,
        )


def retry_in(callback: DueCallback, luck: float) -> timedelta | None:
    """Return the delay of the durable schedule until the next try; None at its end."""
    return delivery.retry_in(callback.tries, luck)


# A span of SIDs holds others' messages too.
COUNTS: Final = """
SELECT status, count(*) FROM messages
WHERE sid >= $2 AND sid <= $3 AND bulk_sid = $1 GROUP BY status ORDER BY status
"""

# For `workers.glances`: whether `claim` has anything to do.
ANY_DUE: Final = "SELECT FROM bulks WHERE callback_due_at <= now()"

_CLAIM: Final = """
UPDATE bulks b SET callback_due_at = now() + $2::interval
FROM (
  SELECT sid FROM bulks WHERE callback_due_at <= now()
  ORDER BY callback_due_at LIMIT $1 FOR UPDATE SKIP LOCKED
) AS due
WHERE b.sid = due.sid
RETURNING b.sid AS bulk_sid, b.carrier_sid, b.account_sid, b.status, b.status_callback AS url,
          b.recipients, b.rejected, b.callback_tries AS tries, b.first_sid, b.last_sid
"""

_NOTE: Final = """
INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url, at, duration_ms,
                              http_status, error_code, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
