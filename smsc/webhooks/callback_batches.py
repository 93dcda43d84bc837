"""Status callbacks that a process makes at once: one row for those of one change of statuses.

Such a callback has no row of the outbox. It is done when its attempt is on record, and its batch
ends with the last of them. What can't be made at once, or whose process stops, gets its row then.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from smsc.db import Connection, Database
from smsc.unnesting import numbers, sparse, words
from smsc.webhooks.delivery import CLAIM_SECONDS, DueWebhook


class Batches:
    """What a process has in memory of its batches: how many of each are still to be settled."""

    def __init__(self) -> None:
        self._left: Counter[str] = Counter()

    @property
    def known(self) -> Collection[str]:
        """The ids of those that are not over."""
        return self._left.keys()

    def take(self, webhooks: Sequence[DueWebhook]) -> None:
        """Note what was committed."""
        self._left.update(webhook.batch for webhook in webhooks if webhook.batch is not None)

    def ended_by(self, webhooks: Sequence[DueWebhook]) -> list[str]:
        """Return those that are over when these are settled."""
        settled = Counter(webhook.batch for webhook in webhooks)
        return [batch for batch, left in self._left.items() if left <= settled[batch]]

    def settle(self, webhooks: Sequence[DueWebhook], ended: Sequence[str]) -> None:
        """Note that these are on record, or in the outbox, and that some batches are deleted."""
        for webhook in webhooks:
            if webhook.batch is not None and webhook.batch in self._left:
                self._left[webhook.batch] -= 1
        for batch in ended:
            del self._left[batch]

    async def with_rows(
        self, database: Database, owner: str, webhooks: Sequence[DueWebhook]
    ) -> list[DueWebhook]:
        """Put into the outbox what is in batches, and return all as they are there."""
        in_batches = [webhook for webhook in webhooks if webhook.batch is not None]
        if in_batches:
            ended = self.ended_by(in_batches)
            async with database.single() as connection:
                await into_outbox(connection, owner, in_batches, ended)
            self.settle(in_batches, ended)
        return [webhook._replace(batch=None) for webhook in webhooks]

    def forget(self, webhook: DueWebhook) -> None:
        """Let the batch of a callback that could not be settled run out: then it is unfolded."""
        if webhook.batch is not None:
            self._left.pop(webhook.batch, None)


async def into_outbox(
    connection: Connection, owner: str, webhooks: Sequence[DueWebhook], ended: Sequence[str] = ()
) -> None:
    """Put callbacks of batches into the outbox, as claims of `owner`; `ended` are then over."""
    await connection.execute(
        _INTO_OUTBOX,
        words([webhook.message_sid for webhook in webhooks]),
        numbers([webhook.ordinal for webhook in webhooks]),
        words([webhook.event for webhook in webhooks]),
        words([webhook.carrier_sid for webhook in webhooks]),
        words([webhook.account_sid for webhook in webhooks]),
        [webhook.url for webhook in webhooks],
        sparse([webhook.error_code for webhook in webhooks]),
        sparse([webhook.raw_dlr_done_date for webhook in webhooks]),
        owner,
        ended,
    )


async def unfold_of(connection: Connection, owners: Sequence[str]) -> None:
    """Let be due what these processes have not made, and what any has not made in time."""
    await connection.execute(UNFOLD, owners)


async def unfold_unknown(database: Database, owner: str, known: Collection[str]) -> None:
    """Let be due what a commit left whose answer was lost: all of the owner's but the known."""
    async with database.single() as connection:
        await connection.execute(_UNFOLD_UNKNOWN, owner, list(known))


_INTO_OUTBOX: Final = f"""
WITH ended AS (
  DELETE FROM callback_batches WHERE id = ANY($10::text[])
)
INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, error_code,
                      raw_dlr_done_date, claimed_by, due_at)
SELECT message_sid, ordinal, event, carrier_sid, account_sid, url, error_code, done_date,
       $9, now() + interval '{CLAIM_SECONDS} s'
FROM unnest(string_to_array($1, ','), $2::text::smallint[], string_to_array($3, ','),
            string_to_array($4, ','), string_to_array($5, ','), $6::text[], $7::integer[],
            $8::text[])
  AS webhook (message_sid, ordinal, event, carrier_sid, account_sid, url, error_code, done_date)
ON CONFLICT (message_sid, ordinal) DO NOTHING
"""  # noqa: S608 built of a constant

# Whose attempt is on record is done, whatever came of it: a failure is in the outbox since. The
# event is known from its place, and from the final status, which stays.
_UNFOLD: Final = """
WITH gone AS (
  DELETE FROM callback_batches WHERE {which} RETURNING *
)
INSERT INTO webhooks (message_sid, ordinal, event, carrier_sid, account_sid, url, error_code,
                      raw_dlr_done_date)
SELECT m.sid, owed.ordinal, step.event, m.carrier_sid, m.account_sid, m.status_callback,
       CASE WHEN step.event IN ('failed', 'undelivered') THEN m.error_code END, owed.done_date
FROM gone, unnest(gone.message_sids, gone.ordinals, gone.done_dates)
             AS owed (message_sid, ordinal, done_date)
  JOIN messages m ON m.sid = owed.message_sid,
  LATERAL (SELECT CASE owed.ordinal WHEN 10 THEN 'sent' ELSE m.status END AS event) AS step
WHERE m.status_callback IS NOT NULL AND NOT EXISTS (
  SELECT FROM webhook_attempts a WHERE a.message_sid = m.sid AND a.event = step.event)
ON CONFLICT (message_sid, ordinal) DO NOTHING
"""
UNFOLD: Final = _UNFOLD.format(which="claimed_by = ANY($1::text[]) OR due_at < now()")
_UNFOLD_UNKNOWN: Final = _UNFOLD.format(which="claimed_by = $1 AND id <> ALL($2::text[])")
