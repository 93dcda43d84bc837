"""A standby of an embedded PostgreSQL by streaming replication, made by hand, and its promotion."""

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path

import asyncpg

from smsc.embedded import EmbeddedPostgres
from smsc.embedded.folders import owned

_SLOT = "standby"
_NOT_COPIED = ("pg_wal", "postmaster.pid", "postmaster.opts", "pg_replslot", "standby.signal")
CATCH_UP_SECONDS = 60


def url_of_both(first: EmbeddedPostgres, second: EmbeddedPostgres) -> str:
    """Return the URL that finds whichever of the two takes writes."""
    _, _, query = first.url.partition("?host=")
    folder, _, port = query.partition("&port=")
    head = first.url.removesuffix(f"?host={query}")
    return (
        f"{head}?host={folder},{second.folders.run}&port={port},{port}"
        "&target_session_attrs=read-write"
    )


async def make_standby(primary: EmbeddedPostgres, standby: EmbeddedPostgres) -> None:
    """Copy the running primary, so that the standby, once started, follows it.

    Source: PostgreSQL, "Making a Base Backup Using the Low Level API".
    """
    connection = await asyncpg.connect(primary.url)
    try:
        await connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        )
        await connection.execute("SELECT pg_create_physical_replication_slot($1, true)", _SLOT)
        await connection.execute("SELECT pg_backup_start('standby', true)")
        await asyncio.to_thread(_copy, primary, standby)
        label = await connection.fetchval("SELECT labelfile FROM pg_backup_stop(false)")
    finally:
        await connection.close()
    await asyncio.to_thread(_follow, primary, standby, label)


async def replicate_synchronously(primary: EmbeddedPostgres) -> None:
    """Let no commit be answered before the standby has it; return once it follows.

    Raises:
        TimeoutError: it does not.
    """
    connection = await asyncpg.connect(primary.url)
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS):
            while not await connection.fetchval(
                "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            ):
                await asyncio.sleep(0.05)
        await connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def promote(standby: EmbeddedPostgres) -> None:
    """Let the standby take writes; its primary is gone."""
    connection = await asyncpg.connect(standby.url)
    try:
        await connection.fetchval("SELECT pg_promote()")
    finally:
        await connection.close()


def _data(server: EmbeddedPostgres) -> Path:
    return server.folders.state / "postgres" / "data"


def _copy(primary: EmbeddedPostgres, standby: EmbeddedPostgres) -> None:
    owned(_data(standby).parent, standby.folders.account)
    shutil.rmtree(_data(standby), ignore_errors=True)
    shutil.copytree(
        _data(primary),
        _data(standby),
        symlinks=True,
        ignore=lambda folder, _: _NOT_COPIED if Path(folder) == _data(primary) else (),
        copy_function=_copy_if_there,
    )


def _copy_if_there(source: str, target: str) -> None:
    """Leave out what a running server has removed meanwhile: the standby's log tells of that."""
    with suppress(FileNotFoundError):
        shutil.copyfile(source, target)


def _follow(primary: EmbeddedPostgres, standby: EmbeddedPostgres, label: str) -> None:
    password = (primary.folders.home / "postgres-password").read_text()
    kept = standby.folders.home / "postgres-password"
    kept.touch(mode=0o600)
    kept.write_text(password)
    data = _data(standby)
    for folder in ("pg_wal", "pg_wal/archive_status", "pg_replslot"):
        (data / folder).mkdir(mode=0o700, exist_ok=True)
    (data / "backup_label").write_text(label)
    (data / "standby.signal").touch(mode=0o600)
    (data / "postgresql.auto.conf").write_text(
        f"primary_conninfo = 'host={primary.folders.run} port=5432 user=smsc "
        f"password={password.strip()}'\nprimary_slot_name = '{_SLOT}'\n"
    )
    if (account := standby.folders.account) is not None:
        for folder, folders, files in os.walk(data):
            for name in (".", *folders, *files):
                os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)
