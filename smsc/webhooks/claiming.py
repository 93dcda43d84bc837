"""Which requests of the outbox are due, in which order, and who makes them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from smsc.db import Connection, Database, sealer_of
from smsc.sealing import Sealer
from smsc.webhooks.delivery import CLAIM_SECONDS, DueWebhook, with_text

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Rows are committed later than they say; a cursor stays so far behind what was looked at.
LATE_COMMITS: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim took, in the order in which it is asked for."""

    webhooks: Sequence[DueWebhook]
    looked_until: datetime  # where a next claim may begin that passes over the same accounts


async def claim(
    database: Database,
    owner: str,
    most: int,
    busy_accounts: Sequence[str] = (),
    since: datetime = LONG_AGO,
) -> Claimed:
    """Claim up to `most` requests that are due, oldest first; committed on return.

    The first try of an event waits for the first tries of its message's earlier events, never for
    their retries. Accounts whose endpoints take long are passed over; `since` spares the walk past
    what an earlier claim has passed over.
    """
    async with database.single() as connection:
        now = await connection.fetchval("SELECT now()") if busy_accounts else None
        rows = await connection.fetch(_CLAIM, owner, most, busy_accounts, CLAIM_SECONDS, since)
    looked_until = since
    if now is not None:
        reached = max(row[-1] for row in rows) if len(rows) == most else now
        looked_until = max(since, reached - LATE_COMMITS)
    return Claimed(await _in_order(database.sealer, rows), looked_until)


async def claim_following(
    database: Database, owner: str, message_sids: Collection[str]
) -> Sequence[DueWebhook]:
    """Claim what waited for earlier events of these messages, wherever a cursor is."""
    async with database.single() as connection:
        rows = await connection.fetch(_CLAIM_FOLLOWING, owner, list(message_sids), CLAIM_SECONDS)
    return await _in_order(database.sealer, rows)


async def claim_parked(
    connection: Connection, owner: str, account_sid: str, origin: str
) -> Sequence[DueWebhook]:
    """Claim the oldest webhook that is parked for an endpoint, if there is one."""
    rows = await connection.fetch(_CLAIM_PARKED, owner, account_sid, origin, CLAIM_SECONDS)
    return await _in_order(sealer_of(connection), rows)


async def release_unknown(
    database: Database, owner: str, known: Collection[tuple[str, int]]
) -> None:
    """Free what a claim took whose answer was lost on the way: all of the owner's but the known."""
    async with database.single() as connection:
        await connection.execute(
            """
            UPDATE webhooks w SET claimed_by = NULL, due_at = now()
            WHERE due_at > now() AND due_at <= now() + make_interval(secs => $4)
              AND claimed_by = $1 AND NOT EXISTS (
              SELECT FROM unnest($2::text[], $3::smallint[]) AS known (message_sid, ordinal)
              WHERE known.message_sid = w.message_sid AND known.ordinal = w.ordinal)
            """,
            owner,
            [message_sid for message_sid, _ in known],
            [ordinal for _, ordinal in known],
            CLAIM_SECONDS,
        )


async def _in_order(sealer: Sealer, rows: Sequence[asyncpg.Record]) -> list[DueWebhook]:
    keys = await sealer.known(row["key_id"] for row in rows)
    claimed = [with_text(keys, DueWebhook._make(row[:-2]), row["sealed_body"]) for row in rows]
    claimed.sort(key=lambda webhook: (webhook.message_sid, webhook.ordinal))
    return claimed


# For `workers.glances`: whether `claim` has anything to do.
ANY_DUE: Final = "SELECT FROM webhooks WHERE due_at <= now()"

_WAITS_FOR_NONE: Final = """
(h.tries > 0 OR NOT EXISTS (
  SELECT FROM webhooks e
  WHERE e.message_sid = h.message_sid AND e.ordinal < h.ordinal AND e.tries = 0)
 AND h.message_sid NOT IN (
   SELECT unnest(b.message_sids) FROM callback_batches b WHERE b.claimed_by <> $1))
"""

_RETURNING: Final = """
RETURNING w.message_sid, w.ordinal, w.event, w.carrier_sid, w.account_sid, w.url, w.method,
          w.fallback_url, w.fallback_method, w.error_code, w.raw_dlr_done_date, w.tries,
          m.to_, m.from_, m.body, m.num_segments, m.created_at, m.messaging_service_sid,
          w.opt_out_type, m.key_id, NULL, m.sealed_body, due.due_at
"""

_CLAIM: Final = f"""
WITH due AS MATERIALIZED (
  SELECT h.message_sid, h.ordinal, h.due_at FROM webhooks h
  WHERE h.due_at BETWEEN $5 AND now() AND NOT (h.account_sid = ANY($3::text[]))
    AND {_WAITS_FOR_NONE}
  ORDER BY h.due_at LIMIT $2 FOR UPDATE OF h SKIP LOCKED
)
UPDATE webhooks w SET claimed_by = $1, due_at = now() + make_interval(secs => $4)
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE w.message_sid = due.message_sid AND w.ordinal = due.ordinal
{_RETURNING}
"""  # noqa: S608 built of constants

_CLAIM_FOLLOWING: Final = f"""
WITH due AS MATERIALIZED (
  SELECT h.message_sid, h.ordinal, h.due_at FROM webhooks h
  WHERE h.message_sid = ANY($2::text[]) AND h.due_at <= now() AND {_WAITS_FOR_NONE}
  FOR UPDATE OF h SKIP LOCKED
)
UPDATE webhooks w SET claimed_by = $1, due_at = now() + make_interval(secs => $3)
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE w.message_sid = due.message_sid AND w.ordinal = due.ordinal
{_RETURNING}
"""  # noqa: S608 built of constants

_CLAIM_PARKED: Final = f"""
WITH due AS MATERIALIZED (
  SELECT message_sid, ordinal, due_at FROM webhooks WHERE account_sid = $2 AND parked_for = $3
  ORDER BY message_sid, ordinal LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE webhooks w
SET claimed_by = $1, due_at = now() + make_interval(secs => $4), parked_for = NULL
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE w.message_sid = due.message_sid AND w.ordinal = due.ordinal
{_RETURNING}
"""  # noqa: S608 built of constants
