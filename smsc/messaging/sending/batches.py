"""Claims what waits of bulks: spans of messages in the place of a row of the queue for each."""

from typing import Final

from smsc.db import Connection, Database
from smsc.messaging.sending.dispatch import Claim, read_claims
from smsc.messaging.sending.leases import Lease


async def claim(database: Database, lease: Lease, owner: str, most: int) -> list[Claim]:
    """Move up to `most` segments of the connector's first batch to `in_flight`, in their order.

    Committed on return. None: no batch waits, or this one has just come to its end. What a long
    message has over `most` waits in the queue, where it is claimed next.
    """
    async with database.single() as connection:
        rows = await connection.fetch(_CLAIM, lease.connector_sid, owner, lease.epoch, most)
    return sorted(await read_claims(database, rows), key=lambda claim: claim.place)


async def unfold(database: Database, lease: Lease, owner: str, most: int) -> int:
    """Move up to `most` messages of the connector's first batch into the queue; say how many.

    For connectors whose channels are chosen segment by segment, from the queue.
    """
    async with database.single() as connection:
        count: int = await connection.fetchval(
            _UNFOLD, lease.connector_sid, owner, lease.epoch, most
        )
    return count


async def hold(connection: Connection, bulk_sid: str, *, held: bool) -> None:
    """Take a bulk's batches out of every claim's sight, or show them again."""
    await connection.execute(
        "UPDATE bulk_batches SET held = $2 WHERE bulk_sid = $1 AND held <> $2", bulk_sid, held
    )


# `parts` are the segments of the batch's first messages, of as many as have room for one of theirs.
# The batch ends with its last message, or when nothing of it waits any more.
_TAKE: Final = """
WITH lease AS MATERIALIZED (
  SELECT FROM connector_leases
  WHERE connector_sid = $1 AND owner = $2 AND epoch = $3 AND expires_at > now()
), front AS MATERIALIZED (
  SELECT b.bulk_sid, b.connector_sid, b.first_sid, b.last_sid, b.after_sid FROM bulk_batches b
  WHERE b.connector_sid = $1 AND NOT b.held AND EXISTS (SELECT FROM lease)
  ORDER BY b.lane, b.queued_at, b.bulk_sid, b.first_sid
  LIMIT 1 FOR UPDATE
), parts AS MATERIALIZED (
  SELECT *, before + number <= $4 AS fits
  FROM (
    SELECT m.*, generate_series(1, m.submits) AS number FROM front f, LATERAL (
      SELECT m.sid AS message_sid, m.lane, coalesce(m.queued_at, m.created_at) AS queued_at,
             m.carrier_sid, m.account_sid, m.text_style, m.to_, m.from_, m.body, m.data_coding,
             m.validity_seconds, m.sealed_body, m.key_id, m.submits,
             sum(m.submits) OVER (ORDER BY m.sid ROWS UNBOUNDED PRECEDING) - m.submits AS before
      FROM (
        SELECT *, coalesce(num_submits, num_segments) AS submits FROM messages
        WHERE sid > f.after_sid AND sid >= f.first_sid AND sid <= f.last_sid
          AND bulk_sid = f.bulk_sid AND connector_sid = f.connector_sid AND status = 'queued'
        ORDER BY sid LIMIT $4
      ) AS m
    ) AS m
    WHERE m.before < $4
  ) AS m
), place AS MATERIALIZED (
  SELECT max(message_sid) AS after_sid FROM parts
), moved AS (
  UPDATE bulk_batches b SET after_sid = place.after_sid FROM front f, place
  WHERE b.bulk_sid = f.bulk_sid AND b.connector_sid = f.connector_sid
    AND b.first_sid = f.first_sid AND place.after_sid < f.last_sid
), ended AS (
  DELETE FROM bulk_batches b USING front f, place
  WHERE b.bulk_sid = f.bulk_sid AND b.connector_sid = f.connector_sid
    AND b.first_sid = f.first_sid AND coalesce(place.after_sid >= f.last_sid, true)
)"""

_CLAIM: Final = f"""
{_TAKE}, noted AS (
  INSERT INTO in_flight (message_sid, number, connector_sid, lane, queued_at, carrier_sid,
                         account_sid, attempts, doubts, epoch, claimed_at)
  SELECT message_sid, number, $1, lane, queued_at, carrier_sid, account_sid, 0, 0, $3, now()
  FROM parts WHERE fits
), waiting AS (
  INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
  SELECT $1, lane, queued_at, message_sid, number, carrier_sid, account_sid
  FROM parts WHERE NOT fits
)
SELECT message_sid, number, lane, queued_at, 0, 0, text_style, to_, from_, body, data_coding,
       NULL::bytea, false, validity_seconds, sealed_body, key_id, true, NULL, submits = 1
FROM parts WHERE fits
"""  # noqa: S608 built of the constant above

_UNFOLD: Final = f"""
{_TAKE}, waiting AS (
  INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
  SELECT $1, lane, queued_at, message_sid, number, carrier_sid, account_sid FROM parts
)
SELECT count(*) FROM parts WHERE number = 1
"""  # noqa: S608 built of the constant above
