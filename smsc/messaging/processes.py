"""The heartbeat of worker processes, and what becomes of a dead one's claims."""

import os
import socket
from typing import Final

from smsc.db import Database
from smsc.webhooks import callback_batches
from smsc.webhooks.delivery import CLAIM_SECONDS

DEAD_AFTER_SECONDS: Final = 10


async def beat(database: Database, sid: str, kinds: str) -> None:
    """Say that this process lives."""
    async with database.single() as connection:
        await connection.execute(
            """
            INSERT INTO worker_processes (sid, kinds, host, pid) VALUES ($1, $2, $3, $4)
            ON CONFLICT (sid) DO UPDATE SET seen_at = now()
            """,
            sid,
            kinds,
            socket.gethostname(),
            os.getpid(),
        )


async def leave(database: Database, sid: str) -> None:
    """Give back what this process has claimed, and take its name off."""
    async with database.begin() as connection:
        await connection.execute(_FREE_CLAIMS, [sid])
        await callback_batches.unfold_of(connection, [sid])
        await connection.execute("DELETE FROM worker_processes WHERE sid = $1", sid)


async def bury_dead(database: Database) -> int:
    """Free the claims of processes whose heart stopped, and unfold batches that ran out.

    Returns how many processes there were.
    """
    async with database.begin() as connection:
        dead = await connection.fetch(
            """
            DELETE FROM worker_processes WHERE sid IN (
              SELECT sid FROM worker_processes
              WHERE seen_at < now() - make_interval(secs => $1) FOR UPDATE SKIP LOCKED)
            RETURNING sid
            """,
            DEAD_AFTER_SECONDS,
        )
        sids = [row["sid"] for row in dead]
        if dead:
            await connection.execute(_FREE_CLAIMS, sids)
        await callback_batches.unfold_of(connection, sids)
    return len(dead)


# For `workers.glances`: whether `bury_dead` has anything to do.
ANY_DUE: Final = f"""
SELECT FROM worker_processes WHERE seen_at < now() - interval '{DEAD_AFTER_SECONDS} s'
"""

# A claim's end is known by the index of what is due; what lies behind it is due anyway.
_FREE_CLAIMS: Final = f"""
WITH hooks AS (
  UPDATE webhooks SET claimed_by = NULL, due_at = now()
  WHERE due_at > now() AND due_at <= now() + interval '{CLAIM_SECONDS} s'
    AND claimed_by = ANY($1::text[])
), sessions AS (
  DELETE FROM esme_sessions WHERE process_sid = ANY($1::text[])
)
UPDATE esme_deliveries SET claimed_by = NULL, due_at = now() WHERE claimed_by = ANY($1::text[])
"""  # noqa: S608 built of a constant
