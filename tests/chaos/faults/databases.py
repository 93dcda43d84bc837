"""A database that is slow, full, crowded, contradicted, poisoned, changed, or another one."""

import asyncio
import os
import random
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg

from tests.chaos.faults.fault import Fault
from tests.chaos.world import WINDOW, World

_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_SLOWEST_COMMIT_US = 100_000  # the most that commit_delay may be
_MOST_TRIES = 10
POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.direction = 'outbound-api' AND NEW.body LIKE '%0' THEN
    RAISE EXCEPTION 'poison' USING ERRCODE = 'data_exception';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION poison();
"""
# As ours are: a column that may be null, then a value, then an index that locks nobody out.
MIGRATION = (
    "ALTER TABLE messages ADD COLUMN chaos text",
    "ALTER TABLE queue ADD COLUMN chaos integer DEFAULT 0 NOT NULL",
    "ALTER TABLE webhooks ADD COLUMN chaos text",
    "UPDATE messages SET chaos = '' WHERE chaos IS NULL",
    "CREATE INDEX CONCURRENTLY chaos ON messages (chaos)",
)
MIGRATION_BACK = (
    "ALTER TABLE messages DROP COLUMN chaos",
    "ALTER TABLE queue DROP COLUMN chaos",
    "ALTER TABLE webhooks DROP COLUMN chaos",
)


async def _drop_connections(world: World, dice: random.Random) -> None:
    """End every database session at once."""
    await world.execute(_END_SESSIONS)


async def _slow_commits(world: World, dice: random.Random) -> None:
    await world.execute(f"ALTER SYSTEM SET commit_delay = {_SLOWEST_COMMIT_US}")
    await world.execute("ALTER SYSTEM SET commit_siblings = 0")
    await world.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(dice.uniform(2, 4))
    await world.execute("ALTER SYSTEM RESET ALL")
    await world.execute("SELECT pg_reload_conf()")


async def _crowd_out(world: World, dice: random.Random) -> None:
    """Take all connections that the server has, and end those of our processes."""
    crowd: list[asyncpg.Connection[asyncpg.Record]] = []
    until = asyncio.get_running_loop().time() + dice.uniform(1, 3)
    ours = await world.connect()
    try:
        while asyncio.get_running_loop().time() < until:
            try:
                crowd.append(await world.connect(name="crowd"))
            except asyncpg.TooManyConnectionsError:
                await ours.execute(f"{_END_SESSIONS} AND application_name <> 'crowd'")
                await asyncio.sleep(0.01)
    finally:
        for connection in (*crowd, ours):
            await connection.close()


async def _contradict(world: World, dice: random.Random) -> None:
    """Have every transaction refuse rows that another one changed meanwhile."""
    await world.execute("ALTER DATABASE smsc SET default_transaction_isolation = 'repeatable read'")
    await world.execute(_END_SESSIONS)
    await asyncio.sleep(dice.uniform(2, 4))
    await world.execute("ALTER DATABASE smsc RESET default_transaction_isolation")
    await world.execute(_END_SESSIONS)


async def _poison(world: World, dice: random.Random) -> None:
    """Have the database refuse each tenth message for what it contains."""
    await world.execute(POISON)
    await asyncio.sleep(dice.uniform(1, 2))
    await world.execute("DROP TRIGGER poison ON messages; DROP FUNCTION poison()")


async def _migrate(world: World, dice: random.Random) -> None:
    for statement in (*MIGRATION, *MIGRATION_BACK):
        await _apply(world, statement)


async def _apply(world: World, statement: str) -> None:
    """Run one statement again and again while it meets the traffic's locks, as `migrate` does."""
    for _ in range(_MOST_TRIES):
        with suppress(asyncpg.DeadlockDetectedError):
            await world.execute(statement)
            return
    await world.execute(statement)


async def _fail_over(world: World, dice: random.Random) -> None:
    await asyncio.sleep(dice.uniform(0, 0.5))
    await world.fleet.fail_over()


def _cannot_mount() -> str | None:
    return None if os.geteuid() == 0 else "a small tmpfs can be mounted by root only"


async def _fill_the_disk(world: World, dice: random.Random) -> None:
    """Move the data to a tmpfs of its own, while the server is down; then let it be full."""
    data = world.fleet.postgres.folders.state / "postgres"
    await world.fleet.stop("postgres")
    kept = data.with_name("postgres.kept")
    data.rename(kept)
    data.mkdir(mode=0o700)
    await _run("mount", "-t", "tmpfs", "-o", "size=2g,mode=0700", "tmpfs", str(data))
    try:
        await _run("cp", "-a", f"{kept}/.", str(data))
        await world.fleet.start("postgres")
        await asyncio.sleep(dice.uniform(0.5, 1))
        await _leave_no_room(data)
        await asyncio.sleep(dice.uniform(2, 4))
        await _run("mount", "-o", "remount,size=2g", str(data))
        if world.fleet.running["postgres"].poll() is not None:  # it can't go on without its log
            world.fleet.kill("postgres")
            await world.fleet.start("postgres")
        await asyncio.sleep(1)
        await world.fleet.stop("postgres")
        await _run("rm", "-rf", str(kept))
        await _run("cp", "-a", str(data), str(kept))
    finally:
        await _run("umount", "-l", str(data))
        data.rmdir()
        kept.rename(data)
    await world.fleet.start("postgres")


async def _leave_no_room(folder: Path) -> None:
    """Shrink a tmpfs to what it holds; more may be written between the look and the remount."""
    for _ in range(_MOST_TRIES):
        stat = os.statvfs(folder)
        used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
        with suppress(subprocess.CalledProcessError):
            await _run("mount", "-o", f"remount,size={used}", str(folder))
            return
    raise RuntimeError(f"{folder} grows faster than it can be shrunk")


async def _run(*words: str) -> None:
    await asyncio.to_thread(subprocess.run, words, check=True)


DATABASE_FAULTS = (
    Fault("drop database sessions", _drop_connections, WINDOW),
    Fault("slow commits", _slow_commits, 0, may_refuse=False),
    Fault("connection limit", _crowd_out, WINDOW),
    Fault("serialization failures", _contradict, WINDOW),
    Fault("disk full", _fill_the_disk, WINDOW, why_not=_cannot_mount),
    Fault("poison rows", _poison, 0),
    Fault("fail-over to a replica", _fail_over, WINDOW),
    Fault("migration", _migrate, 0, may_refuse=False),
)
