"""The newest migration runs while the release before it writes, and what that writes still fits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from smsc import migrate
from smsc.embedded import EmbeddedPostgres

# What every column of a type gets from the release before; its own checks ask for some words.
_VALUES = {"status": "'queued'", "direction": "'inbound'", "method": "'POST'", "kind": "'message'"}
_BY_TYPE = {"boolean": "false", "bytea": "''", "timestamp with time zone": "now()", "date": "now()"}
_BUSY = ("messages", "queue", "in_flight", "segments", "message_events", "webhooks", "day_keys")


@pytest.fixture
async def old_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database as the migration before the newest leaves it."""
    name = f"old_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_server.url)
    await connection.execute(f"CREATE DATABASE {name}")
    url = postgres_server.url_of(name)
    await asyncio.to_thread(migrate.upgrade, url, migrate.revision_before_head())
    yield url
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def inserts(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Statements that write a row of each busy table, naming what that release must name."""
    rows = await connection.fetch(
        """SELECT table_name, column_name, data_type FROM information_schema.columns
           WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL
             AND is_identity = 'NO' AND table_name = ANY($1::text[])""",
        _BUSY,
    )
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        number = "1" if "int" in kind else f"'x' || '{table}'"
        value = _VALUES.get(column, _BY_TYPE.get(kind, number))
        if column.endswith("sid") and column in {"sid", "message_sid", "owner_sid"}:
            value = "$1::text"
        tables.setdefault(table, []).append((column, value))
    return [
        f"INSERT INTO {table} ({', '.join(column for column, _ in columns)}) "
        f"SELECT {', '.join(value for _, value in columns)} WHERE $1::text IS NOT NULL"
        for table, columns in tables.items()
    ]


async def test_the_release_before_writes_through_the_newest_migration(old_url: str) -> None:
    connection = await asyncpg.connect(old_url)
    statements = await inserts(connection)
    assert len(statements) >= len(_BUSY) - 1  # the newest may have made one of them
    written = 0

    async def write() -> None:
        nonlocal written
        with contextlib.suppress(asyncpg.DeadlockDetectedError):  # it tries again, as always
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement, f"SM{written:032x}")
                await connection.execute("UPDATE messages SET status = 'sent', sent_at = now()")
            written += 1

    await write()
    migration = asyncio.create_task(asyncio.to_thread(migrate.upgrade, old_url))
    while not migration.done():
        await write()
    await migration
    for _ in range(5):
        await write()
    assert await connection.fetchval("SELECT count(*) FROM messages") == written
    await connection.close()
    assert migrate.current_revision(old_url) == migrate.head_revision()
