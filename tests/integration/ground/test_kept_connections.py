"""Connections are lent again without the pool, and none of its promises is broken by that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest

from smsc import kept_connections
from smsc.kept_connections import KeptConnections

WAIT_SECONDS = 10


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async def keep_session(_: object) -> None: ...

    async with asyncpg.create_pool(
        postgres_url, min_size=0, max_size=2, reset=keep_session
    ) as pool:
        yield pool
        # It waits for whatever is lent; a test that failed must not hang here.
        pool.terminate()


@pytest.fixture
def lender(pool: "asyncpg.Pool[asyncpg.Record]") -> KeptConnections:
    return KeptConnections(pool)


async def pid(lender: KeptConnections) -> int:
    async with lender.lend() as connection:
        answer: int = await connection.fetchval("SELECT pg_backend_pid()")
    return answer


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await holds():
            await asyncio.sleep(0.01)


async def test_who_comes_next_gets_the_same_connection(lender: KeptConnections) -> None:
    assert len({await pid(lender) for _ in range(5)}) == 1


async def test_more_callers_than_connections_are_all_served(lender: KeptConnections) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        pids = await asyncio.gather(*(pid(lender) for _ in range(20)))
    assert len(set(pids)) <= 2


async def test_who_waits_for_the_pool_gets_what_others_would_keep(lender: KeptConnections) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        async with lender.lend(), lender.lend():
            waiting = asyncio.create_task(pid(lender))
            await asyncio.sleep(0)
        await waiting


async def end(pool: "asyncpg.Pool[asyncpg.Record]", postgres_url: str, dead: int) -> None:
    """Have the server end the pool's one connection, and wait until this was noticed here."""
    killer = await asyncpg.connect(postgres_url)
    await killer.execute("SELECT pg_terminate_backend($1)", dead)
    await killer.close()

    async def is_noticed() -> bool:
        return bool(pool.get_size() == 0)

    await eventually(is_noticed)


async def test_a_connection_that_died_while_it_was_kept_is_lent_to_nobody(
    lender: KeptConnections, pool: "asyncpg.Pool[asyncpg.Record]", postgres_url: str
) -> None:
    dead = await pid(lender)
    await end(pool, postgres_url, dead)
    assert await pid(lender) != dead


async def test_a_connection_that_died_while_it_was_lent_is_not_kept(
    lender: KeptConnections, pool: "asyncpg.Pool[asyncpg.Record]", postgres_url: str
) -> None:
    async with lender.lend() as connection:
        dead = await connection.fetchval("SELECT pg_backend_pid()")
        await end(pool, postgres_url, dead)
    assert await pid(lender) != dead


async def leave_a_transaction_open(lender: KeptConnections, *, fails: bool) -> None:
    async with lender.lend() as connection:
        await connection.execute("BEGIN; CREATE TABLE left_open ()")
        if fails:
            raise ZeroDivisionError


@pytest.mark.parametrize("fails", [True, False], ids=["a failure", "carelessness"])
async def test_a_transaction_that_was_left_open_is_undone(
    lender: KeptConnections,
    fails: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    loop, complaints = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
    with suppress(ZeroDivisionError):
        await leave_a_transaction_open(lender, fails=fails)
    async with lender.lend() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT to_regclass('left_open')") is None
    assert ["active transaction" in complaint for complaint in complaints] == [True]


async def test_a_statement_that_was_given_up_is_in_nobody_s_way(lender: KeptConnections) -> None:
    async with lender.lend() as connection:
        with suppress(TimeoutError):
            await connection.execute("SELECT pg_sleep(60)", timeout=0.01)
    async with asyncio.timeout(WAIT_SECONDS):
        await pid(lender)


async def test_what_is_kept_goes_back_to_the_pool_after_its_time(
    lender: KeptConnections, pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_connections, "KEPT_SECONDS", 0.05)
    await pid(lender)
    assert pool.get_idle_size() == 0

    async def is_idle() -> bool:
        return bool(pool.get_idle_size() == 1)

    await eventually(is_idle)


async def test_closing_waits_for_who_is_at_work_and_for_nothing_that_is_kept(
    lender: KeptConnections,
) -> None:
    at_work, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        async with lender.lend() as connection:
            at_work.set()
            await may_end.wait()
            answer: int = await connection.fetchval("SELECT 1")
        return answer

    working = asyncio.create_task(work())
    await at_work.wait()
    await pid(lender)
    closing = asyncio.create_task(lender.close())
    await asyncio.sleep(0)
    may_end.set()
    async with asyncio.timeout(WAIT_SECONDS):
        await closing
    assert await working == 1
