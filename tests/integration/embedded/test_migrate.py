"""The schema's way from nothing to this release."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from smsc import migrate
from smsc.embedded import EmbeddedPostgres


@pytest.fixture
async def empty_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    name = f"empty_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_server.url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url_of(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_an_upgraded_database_is_at_the_head(database_url: str) -> None:
    assert migrate.current_revision(database_url) == migrate.head_revision()


async def test_the_migrations_end_where_the_models_are(database_url: str) -> None:
    assert migrate.check(database_url) == []


async def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    assert migrate.check(database_url) == []


async def test_a_database_without_migrations_says_which_revision_it_needs(empty_url: str) -> None:
    assert migrate.current_revision(empty_url) is None
    assert migrate.check(empty_url) == [
        f"the database is at revision none; this release needs {migrate.head_revision()}"
    ]


async def test_a_difference_to_the_models_is_named(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("ALTER TABLE accounts ADD COLUMN left_over int")
    await connection.close()
    assert migrate.check(database_url) == ["the models differ: remove_column accounts left_over"]


async def test_migrators_that_come_at_once_go_one_after_the_other(empty_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, empty_url) for _ in range(3)))
    assert migrate.check(empty_url) == []


async def test_a_migrator_gives_up_when_another_does_not_end(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LOCK_WAIT_SECONDS", 0.4)
    other = await asyncpg.connect(empty_url)
    await other.execute("SELECT pg_advisory_lock($1)", migrate._LOCK_KEY)
    with pytest.raises(migrate.MigrationError, match="Another migration has been running"):
        migrate.upgrade(empty_url)
    await other.close()
    assert migrate.current_revision(empty_url) is None


async def test_a_locked_table_ends_the_migration_before_it_stops_the_traffic(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "100ms")
    other = await asyncpg.connect(database_url)
    async with other.transaction():
        await other.execute("LOCK TABLE alembic_version")
        with pytest.raises(migrate.MigrationError, match="A table stayed locked for 100ms"):
            migrate.upgrade(database_url)
    await other.close()


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(migrate.MigrationError, match="The database can't be reached"):
        migrate.upgrade("postgresql://smsc@127.0.0.1:1/smsc")
