"""The schema's way from nothing to this release."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
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


MIGRATION = """
from alembic import op

revision, down_revision = {revision!r}, {before!r}
branch_labels = depends_on = None


def upgrade() -> None:
    {what}
"""
CONCURRENTLY = """op.execute("INSERT INTO things VALUES (1)")
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_things")
        op.execute("CREATE INDEX CONCURRENTLY ix_things ON things (id)")
    op.execute("INSERT INTO things VALUES (2)")"""
BROKEN = """op.execute("INSERT INTO things VALUES (3)")
    op.execute("SELECT 1 / 0")"""
MENDED = """op.execute("INSERT INTO things VALUES (3)")"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a release whose second migration builds an index beside the traffic."""
    shutil.copy(migrate.scripts() / "env.py", tmp_path)
    folder = tmp_path / "versions"
    folder.mkdir()
    write(folder, "1", None, """op.execute("CREATE TABLE things (id int)")""")
    write(folder, "2", "1", CONCURRENTLY)
    monkeypatch.setattr(migrate, "scripts", lambda: tmp_path)
    return folder


def write(folder: Path, revision: str, before: str | None, what: str) -> None:
    text = MIGRATION.format(revision=revision, before=before, what=what)
    (folder / f"{revision}_.py").write_text(text)


async def things(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    found = await connection.fetch("SELECT id FROM things ORDER BY id")
    await connection.close()
    return [row["id"] for row in found]


@pytest.mark.usefixtures("versions")
async def test_a_migration_may_build_an_index_concurrently(empty_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, empty_url) for _ in range(2)))
    assert await things(empty_url) == [1, 2]
    connection = await asyncpg.connect(empty_url)
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_things'::regclass"
    assert await connection.fetchval(valid)
    await connection.close()


async def test_a_migration_that_fails_leaves_nothing_and_those_before_it_stay(
    empty_url: str, versions: Path
) -> None:
    write(versions, "3", "2", BROKEN)
    with pytest.raises(migrate.MigrationError, match="division by zero"):
        migrate.upgrade(empty_url)
    assert migrate.current_revision(empty_url) == "2"
    assert await things(empty_url) == [1, 2]
    write(versions, "3", "2", MENDED)
    migrate.upgrade(empty_url)
    assert await things(empty_url) == [1, 2, 3]
