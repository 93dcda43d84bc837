"""Ends what has waited too long: by its own validity period, or by the ten hours of all."""

from typing import Final

from smsc.db import Database
from smsc.messaging.accept.drafts import LONGEST_VALIDITY
from smsc.messaging.sending.responses import NEVER_ANSWERED, cancel_waiting
from smsc.messaging.sending.unclaimed import ENDED_UNSUBMITTED, WAITING_CONNECTORS
from smsc.messaging.statuses import Advance, Changed, advance

EXPIRED: Final = 30036
WHY: Final = "it waited longer than its validity period"
MOST_AT_ONCE: Final = 500


async def expire(database: Database) -> list[Changed]:
    """Fail up to 500 messages whose own validity period is over and that still wait.

    What is in flight meanwhile may come back to the queue: such a message is looked at again.
    """
    async with database.begin() as connection:
        rows = await connection.fetch(_DUE, MOST_AT_ONCE)
        waiting = await cancel_waiting(connection, [row[0] for row in rows], WHY, EXPIRED)
        return await advance(connection, waiting)


async def expire_oldest(database: Database) -> list[Changed]:
    """Fail up to 500 segments that have waited for ten hours, the longest validity period."""
    async with database.begin() as connection:
        rows = await connection.fetch(_OLDEST, MOST_AT_ONCE, NEVER_ANSWERED, LONGEST_VALIDITY)
        return await advance(
            connection,
            [
                Advance(message_sid=sid, failed=1, number=number, error_code=EXPIRED, why=WHY)
                for sid, number in rows
            ],
        )


# For `workers.glances`: whether `expire` has anything to do.
ANY_DUE: Final = "SELECT FROM message_deadlines WHERE expires_at <= now()"

_DUE: Final = """
WITH due AS MATERIALIZED (
  SELECT d.message_sid, EXISTS (SELECT FROM in_flight f WHERE f.message_sid = d.message_sid) AS busy
  FROM message_deadlines d
  WHERE d.expires_at <= now() ORDER BY d.expires_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED
), looked_at_again AS (
  UPDATE message_deadlines d SET expires_at = now() + interval '5 seconds' FROM due
  WHERE d.message_sid = due.message_sid AND due.busy
), done AS (
  DELETE FROM message_deadlines d USING due WHERE d.message_sid = due.message_sid AND NOT due.busy
)
SELECT message_sid FROM due
"""

# One index probe a connector and lane: a look at all that waits would read every row.
_OLDEST: Final = f"""
{WAITING_CONNECTORS}
, over AS (
  SELECT q.ctid AS place
  FROM waiting w, unnest('{{0,1,2,3,10,11,12,13}}'::smallint[]) AS lane, LATERAL (
    SELECT ctid FROM queue
    WHERE connector_sid = w.connector_sid AND queue.lane = lane AND queued_at < now() - $3::interval
    ORDER BY queued_at LIMIT $1 FOR UPDATE SKIP LOCKED
  ) AS q
  WHERE w.connector_sid IS NOT NULL
  LIMIT $1
)
{ENDED_UNSUBMITTED}
"""  # noqa: S608 built of constants
