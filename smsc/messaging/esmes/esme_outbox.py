"""What waits for customers' ESMEs: receipts and inbound messages, kept until they answer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from smsc.db import Connection, Database
from smsc.messaging.esmes.owed import Owed

KEPT: Final = timedelta(days=7)  # while the ESME is away
CLAIM_SECONDS: Final = 300  # over the response timeout of a session
RETRY_SECONDS: Final = 30  # after an answer that says "not now"


async def claim(database: Database, owner: str, room: Mapping[str, int]) -> list[Owed]:
    """Claim what waits for bound ESMEs: for each credential as many rows as it has room for."""
    async with database.single() as connection:
        rows = await connection.fetch(_CLAIM, owner, list(room), list(room.values()), CLAIM_SECONDS)
    keys = await database.sealer.known(row["key_id"] for row in rows)
    claimed = []
    for *facts, sealed_body, key_id in rows:
        body, facts[_DATA] = keys.open_text(
            facts[_SID], key_id, facts[_BODY], sealed_body, facts[_DATA]
        )
        facts[_BODY] = body or ""
        claimed.append(Owed(*facts))
    return sorted(claimed, key=lambda owed: owed.id)


async def release_unknown(database: Database, owner: str, known: Collection[int]) -> None:
    """Free what a claim took whose answer was lost on the way: all of the owner's but the known."""
    async with database.single() as connection:
        await connection.execute(
            "UPDATE esme_deliveries SET claimed_by = NULL, due_at = now() "
            "WHERE claimed_by = $1 AND NOT (id = ANY($2::bigint[]))",
            owner,
            list(known),
        )


async def settle(
    connection: Connection, done: Sequence[int], later: Sequence[int], now: Sequence[int]
) -> None:
    """Delete what was answered OK or refused for good; put the rest back for later, or for now.

    What is put back for now takes its old place.
    """
    await connection.execute(
        """
        WITH done AS (DELETE FROM esme_deliveries WHERE id = ANY($1::bigint[]))
        UPDATE esme_deliveries d
        SET claimed_by = NULL, due_at = coalesce(now() + make_interval(secs => r.seconds),
                                                 d.created_at)
        FROM (SELECT unnest($2::bigint[]) AS id, $4::integer AS seconds
              UNION ALL SELECT unnest($3::bigint[]), NULL) AS r
        WHERE d.id = r.id
        """,
        done,
        later,
        now,
        RETRY_SECONDS,
    )


async def forget_old(database: Database) -> int:
    """Delete what no ESME came for in seven days; return how many rows."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM esme_deliveries WHERE created_at < now() - $1::interval", KEPT
        )
    return int(status.rpartition(" ")[2])


_CLAIM: Final = """
WITH due AS MATERIALIZED (
  SELECT waiting.id, waiting.message_sid
  FROM unnest($2::text[], $3::integer[]) AS room (sid, places),
       LATERAL (
         SELECT d.id, d.message_sid FROM esme_deliveries d
         WHERE d.smpp_credential_sid = room.sid AND d.due_at <= now()
         ORDER BY d.due_at, d.id LIMIT room.places FOR UPDATE SKIP LOCKED
       ) AS waiting
)
UPDATE esme_deliveries d SET claimed_by = $1, due_at = now() + make_interval(secs => $4)
FROM due JOIN messages m ON m.sid = due.message_sid
WHERE d.id = due.id
RETURNING d.id, d.smpp_credential_sid, d.message_sid, d.kind, d.status, d.error_code,
          m.to_, m.from_, m.body, m.created_at, m.updated_at, m.submitted_as,
          coalesce(d.state, (
            SELECT s.state FROM segments s
            WHERE d.error_code IS NOT NULL AND s.message_sid = d.message_sid AND s.state <> 2
            ORDER BY s.number LIMIT 1)),
          (SELECT s.receipt_error FROM segments s
           WHERE d.error_code IS NOT NULL AND s.message_sid = d.message_sid AND s.state <> 2
           ORDER BY s.number LIMIT 1),
          CASE WHEN d.kind = 'message' THEN m.user_data END, m.data_coding, m.has_udh,
          m.sealed_body, m.key_id
"""
_SID: Final = 2  # the places of these columns
_BODY: Final = 8
_DATA: Final = 14
