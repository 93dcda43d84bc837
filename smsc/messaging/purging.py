"""Ends the keys of days whose texts are gone: no file, log or backup tells them any more."""

from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from smsc import sids
from smsc.db import Connection, Database
from smsc.sealing import UNASKED_SECONDS

# A process whose clock is behind may still seal with the day before's key.
GRACE: Final = timedelta(days=2)
# Of a day that is not over a key that was retired may still be sealed by for `UNASKED_SECONDS`, in
# transactions that end later.
SETTLED: Final = timedelta(seconds=120)
UNASKED: Final = timedelta(seconds=UNASKED_SECONDS)


async def end_keys(database: Database, today: date) -> int:
    """Delete the keys that seal nothing any more; return how many.

    They are of days at least two days ago, or were retired and have settled.

    All that an account's key sealed hangs on messages and bulks of about its day, which are looked
    at by their SIDs; a carrier's keys are asked for in the tables that they seal, which are small.
    """
    ended = 0
    async with database.single() as connection:
        keys = await connection.fetch(_KEYS, today - GRACE, SETTLED, UNASKED)
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
    checkpoints leave none of the log behind that tells of it; more where one came before the server
    had heard of the setting, and kept a file of the log for later. One must be a superuser.
    """
    async with database.single() as connection:
        await connection.execute("VACUUM FULL day_keys")
        try:
            await connection.execute("ALTER SYSTEM SET wal_recycle = off")
        except asyncpg.InsufficientPrivilegeError:
            return False
        try:
            await connection.execute("SELECT pg_reload_conf()")
            turns = 0  # without files that were kept: after two, the present one is new as well
            for _ in range(_MOST_CHECKPOINTS):
                await connection.execute("SELECT pg_switch_wal()")
                await connection.execute("CHECKPOINT")
                turns = 0 if await connection.fetchval(_KEPT_FOR_LATER) else turns + 1
                if turns == _CLEAN_TURNS:
                    return True
        finally:
            await connection.execute("ALTER SYSTEM RESET wal_recycle")
            await connection.execute("SELECT pg_reload_conf()")
    return False


# Files of the log that wait to be written anew, with what was in them.
_KEPT_FOR_LATER: Final = """
SELECT count(*) FROM pg_ls_waldir()
WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn())
"""
_MOST_CHECKPOINTS: Final = 100
_CLEAN_TURNS: Final = 2


# Nobody seals by it any more; for statements that have the two terms as $2 and $3.
IS_SETTLED: Final = """
(k.retired_at < clock_timestamp() - $2::interval AND NOT EXISTS (
  SELECT FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.backend_type = 'client backend'
    AND a.xact_start < k.retired_at + $3::interval))
"""
_KEYS: Final = f"""
SELECT id, owner_sid, day FROM day_keys k WHERE day < $1 OR {IS_SETTLED} ORDER BY id
"""  # noqa: S608 built of the constant above
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
