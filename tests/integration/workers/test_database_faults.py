"""The gateway while its database is slow, contradicts, refuses a row, changes, is full, or dies."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from smsc.db import UNAVAILABLE, Database
from smsc.embedded import EmbeddedPostgres
from smsc.errors import GatewayError
from smsc.simulator import SimBox
from tests.chaos import replica
from tests.chaos.faults import databases
from tests.integration.conftest import House
from tests.integration.workers.test_gateway_process import point_at, running, until

MESSAGES = 20
END_OURS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


async def accept_all(house: House, bodies: Sequence[str]) -> list[str]:
    """Accept them at once; return those that were refused."""

    async def accept(body: str) -> str | None:
        try:
            await house.accept(body=body)
        except (GatewayError, *UNAVAILABLE):
            return body
        return None

    refused = await asyncio.gather(*(accept(body) for body in bodies))
    return [body for body in refused if body is not None]


async def all_delivered(house: House) -> bool:
    return not await house.value("SELECT count(*) FROM messages WHERE status <> 'delivered'")


def texts(box: SimBox) -> list[str]:
    return sorted(submit.pdu.message_octets.decode() for submit in box.submits)


async def has_only_living_connections(house: House) -> bool:
    """Ask by all connections of the pool at once: those that are dead are replaced."""
    asked = [house.value("SELECT 1") for _ in range(8)]
    return all(answer == 1 for answer in await asyncio.gather(*asked, return_exceptions=True))


@asynccontextmanager
async def apart(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that is none of the house's."""
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_transactions_that_contradict_each_other_are_tried_again(
    house: House, database_url: str, redis_url: str
) -> None:
    async with SimBox() as box, apart(database_url) as connection:
        await point_at(house, box)
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"
        )
        await connection.execute(END_OURS)
        await until(lambda: has_only_living_connections(house))
        bodies = [f"{number:02}" for number in range(MESSAGES)]
        async with running(house, redis_url), running(house, redis_url):
            refused = await accept_all(house, bodies)
            await until(lambda: all_delivered(house))
    assert texts(box) == [body for body in bodies if body not in refused]


async def test_a_poison_row_falls_out_of_its_batch_alone(
    house: House, database_url: str, redis_url: str
) -> None:
    async with SimBox() as box, apart(database_url) as connection:
        await point_at(house, box)
        await connection.execute(databases.POISON)
        bodies = [f"{number:02}" for number in range(MESSAGES)]
        refused = await accept_all(house, bodies)
        async with running(house, redis_url):
            await until(lambda: all_delivered(house))
    assert refused == ["00", "10"]
    assert texts(box) == [body for body in bodies if not body.endswith("0")]


async def test_a_migration_passes_while_traffic_runs(
    house: House, database_url: str, redis_url: str
) -> None:
    async with SimBox() as box, apart(database_url) as connection:
        await point_at(house, box)
        bodies = [f"{number:02}" for number in range(MESSAGES)]
        async with running(house, redis_url):
            for statement, some in zip(
                (*databases.MIGRATION, *databases.MIGRATION_BACK),
                (bodies[start : start + 3] for start in range(0, 24, 3)),
                strict=True,
            ):
                await connection.execute(statement)
                assert await accept_all(house, some) == []
            await until(lambda: all_delivered(house))
    assert texts(box) == bodies


async def test_a_server_without_a_connection_left_is_waited_for(
    house: House, database_url: str, redis_url: str
) -> None:
    async with SimBox() as box, apart(database_url) as connection:
        await point_at(house, box)
        async with running(house, redis_url):
            async with crowded(database_url, connection):
                refused = await accept_all(house, ["first"])
            await until(lambda: accepted(house, "second"))
            await until(lambda: all_delivered(house))
    assert texts(box) == [body for body in ("first", "second") if body not in refused]


@asynccontextmanager
async def crowded(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> AsyncIterator[None]:
    """Take every connection that the server has, those of the house as well."""
    crowd = []
    try:
        for _ in range(2):
            with suppress(asyncpg.TooManyConnectionsError):
                while True:
                    crowd.append(
                        await asyncpg.connect(
                            database_url, server_settings={"application_name": "crowd"}
                        )
                    )
            await connection.execute(f"{END_OURS} AND application_name <> 'crowd'")
        yield
    finally:
        await asyncio.gather(*(one.close() for one in crowd))


async def accepted(house: House, body: str) -> bool:
    return await accept_all(house, [body]) == []


# -- servers of their own


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[EmbeddedPostgres]]:
    made = [EmbeddedPostgres(tmp_path_factory.mktemp("pg"), durable=False) for _ in range(2)]
    yield made
    for server in made:
        server.stop()
        server.folders.remove_state()


async def test_a_failover_to_the_replica_keeps_what_was_committed_and_goes_on_there(
    servers: list[EmbeddedPostgres],
) -> None:
    first, second = servers
    first.start()
    await replica.make_standby(first, second)
    second.start()
    await replica.replicate_synchronously(first)
    url = replica.url_of_both(first, second)
    async with await Database.connect(url, size=2) as database:
        async with database.begin() as connection:
            await connection.execute("SET LOCAL synchronous_commit = on")  # these forget else
            await connection.execute("CREATE TABLE kept (n integer)")
            await connection.execute("INSERT INTO kept VALUES (1)")
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        first.stop()
        await replica.promote(second)
        await until(lambda: inserted(database, 2))
        async with database.single() as connection:
            kept = [row[0] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    assert kept == [1, 2]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small tmpfs")
async def test_a_full_disk_is_told_as_unavailable_and_keeps_what_was_committed(
    servers: list[EmbeddedPostgres],
) -> None:
    server, _ = servers
    place = server.folders.state / "postgres"
    place.mkdir()
    mount(place, "-t", "tmpfs", "-o", "size=400m,mode=0700", "tmpfs")
    try:
        server.start()
        async with await Database.connect(server.url, size=2) as database:
            async with database.single() as connection:
                await connection.execute("CREATE TABLE kept (n integer, much text)")
            assert await inserted(database, 10_000)
            free = os.statvfs(place)
            mount(place, "-o", f"remount,size={(free.f_blocks - free.f_bfree) * free.f_frsize}")
            committed = await insert_until_full(database)
            mount(place, "-o", "remount,size=400m")
            server.stop()  # without room for its log it may have ended
            server.start()
            await until(lambda: inserted(database, -1))
            async with database.single() as connection:
                rows = await connection.fetch("SELECT n FROM kept WHERE n >= 0 ORDER BY n")
        server.stop()
    finally:
        subprocess.run(["umount", "-l", place], check=True)  # noqa: ASYNC221, S607 as a mount
    kept = {row[0] for row in rows}
    assert committed | {10_000} <= kept


def mount(place: Path, *options: str) -> None:
    subprocess.run(["mount", *options, place], check=True)  # noqa: S607 our own options


async def insert_until_full(database: Database) -> set[int]:
    """Commit rows until the server refuses one as if it were away; return those that it took."""
    committed: set[int] = set()
    with suppress(*UNAVAILABLE):
        for number in range(10_000):
            async with database.single() as connection:
                await connection.execute(
                    "INSERT INTO kept SELECT $1, string_agg(md5(random()::text), '') "
                    "FROM generate_series(1, 2000)",
                    number,
                )
            committed.add(number)
    return committed


async def inserted(database: Database, number: int) -> bool:
    try:
        async with database.single() as connection:
            await connection.execute("INSERT INTO kept (n) VALUES ($1)", number)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True
