"""What every test may ask for: a database of its own, and a Redis."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis
from hypothesis import HealthCheck, settings

from smsc import migrate
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey
from tests.database_pool import DatabasePool

_TEMPLATE = "migrated"

# No test's outcome depends on a time: machines are shared.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def embedded_home() -> Iterator[Path]:
    """Make a home with a short path: the sockets lie in it."""
    home = Path(tempfile.mkdtemp(prefix="smsc-test-"))
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_server(embedded_home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(embedded_home, durable=False)
    server.start()
    yield server
    server.stop()
    server.folders.remove_state()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: EmbeddedPostgres) -> str:
    """Return the URL of the server's own database: no migrations, shared by all tests."""
    return postgres_server.url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """Make the database with this release's schema that the others are cloned from."""

    async def create() -> None:
        connection = await asyncpg.connect(postgres_server.url)
        await connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        await connection.close()

    asyncio.run(create())
    migrate.upgrade(postgres_server.url_of(_TEMPLATE))
    return _TEMPLATE


@pytest.fixture(scope="session")
def database_pool(postgres_server: EmbeddedPostgres, migrated_template: str) -> DatabasePool:
    """Make the pool of databases that tests use one after the other."""
    return DatabasePool(postgres_server, migrated_template)


@pytest.fixture
async def database_url(database_pool: DatabasePool) -> AsyncIterator[str]:
    """Lend a migrated database, as good as fresh, to this test alone."""
    name = await database_pool.lend()
    yield database_pool.server.url_of(name)
    await database_pool.take_back(name)


@pytest.fixture(scope="session")
def valkey_server(embedded_home: Path, postgres_server: EmbeddedPostgres) -> Iterator[str]:
    server = EmbeddedValkey(embedded_home)
    yield server.start()
    server.stop()


@pytest.fixture
def redis_url(valkey_server: str) -> str:
    """Empty the Redis that the tests use one after the other."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server
