"""Ends the keys of days whose texts are gone: no file, log or backup tells them any more."""

from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from smsc import sids
from smsc.db import Connection, Database

# A process whose clock is behind may still seal with the day before's key.
GRACE: Final = timedelta(days=2)


async def end_keys(database: Database, today: date) -> int:
    """Delete the keys that seal nothing any more, of days at least two days ago; return how many.

    All that an account's key sealed hangs on messages and bulks of about its day, which are looked
    at by their SIDs; a carrier's keys are asked for in the tables that they seal, which are small.
    """
    ended = 0
    async with database.single() as connection:
        keys = await connection.fetch(_KEYS, today - GRACE)
        in_use = {row[0] for row in await connection.fetch(_IN_USE)} if keys else set()
    for key_id, owner_sid, day in keys:
        if key_id in in_use:
            continue
        async with database.begin() as connection:
            if not await _seals_a_message(connection, key_id, owner_sid, day):
                await connection.execute("DELETE FROM day_keys WHERE id = $1", key_id)
                ended += 1
    return ended


async def _seals_a_message(connection: Connection, key_id: int, owner_sid: str, day: date) -> bool:
    if not sids.is_sid(owner_sid, sids.Prefix.ACCOUNT):
        return False  # a carrier's: `_IN_USE` has told
    # A SID may be made just before midnight, and its text be sealed behind it.
    midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    return bool(
        await connection.fetchval(
            SEALS,
            owner_sid,
            key_id,
            sids.first_of(sids.Prefix.MESSAGE, midnight - timedelta(days=1)),
            sids.first_of(sids.Prefix.MESSAGE, midnight + timedelta(days=2)),
        )
    )


async def scrub(database: Database) -> bool:
    """Take ended keys out of the server's files, too; say whether it let us do all of that.

    Their rows are dead and in the write-ahead log. The small table is written anew, and two
    checkpoints leave none of the log behind that tells of it. For that one must be a superuser.
    """
    async with database.single() as connection:
        await connection.execute("VACUUM FULL day_keys")
        try:
            await connection.execute("ALTER SYSTEM SET wal_recycle = off")
        except asyncpg.InsufficientPrivilegeError:
            return False
        try:
            await connection.execute("SELECT pg_reload_conf()")
            for _ in range(2):
                await connection.execute("SELECT pg_switch_wal()")
                await connection.execute("CHECKPOINT")
        finally:
            await connection.execute("ALTER SYSTEM RESET wal_recycle")
            await connection.execute("SELECT pg_reload_conf()")
    return True


_KEYS: Final = "SELECT id, owner_sid, day FROM day_keys WHERE day < $1 ORDER BY id"
SEALS: Final = """
SELECT EXISTS (
  SELECT FROM messages WHERE account_sid = $1 AND sid >= $3 AND sid < $4 AND key_id = $2
    AND (sealed_body IS NOT NULL OR user_data IS NOT NULL))
"""
# Without `messages` and what hangs on them. Each is small, or kept for hours.
_IN_USE: Final = """
SELECT key_id FROM inbound_parts WHERE key_id IS NOT NULL
UNION SELECT key_id FROM parked_receipts WHERE key_id IS NOT NULL
UNION SELECT key_id FROM quarantine WHERE key_id IS NOT NULL
UNION SELECT key_id FROM kept_pdus WHERE key_id IS NOT NULL
UNION SELECT key_id FROM message_export_parts WHERE key_id IS NOT NULL
UNION SELECT key_id FROM bulks WHERE key_id IS NOT NULL AND sealed_body IS NOT NULL
"""
