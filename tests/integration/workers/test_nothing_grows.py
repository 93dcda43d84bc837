"""A day of traffic in small: after each burst a process holds what it held after the one before."""

import asyncio
import gc
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from smsc.simulator import SimBox
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering
from tests.integration.workers.test_clock import ticking
from tests.integration.workers.test_gateway_process import point_at, running, until

MESSAGES = 150  # a burst
BURSTS = 6  # what leaks grows with each; pools and connections are full after a few


async def is_quiet(house: House) -> bool:
    """Say whether all was sent, reported and told."""
    return not await house.value(
        "SELECT (SELECT count(*) FROM messages WHERE status <> 'delivered') "
        "+ (SELECT count(*) FROM webhooks) + (SELECT count(*) FROM callback_batches) "
        "+ (SELECT count(*) FROM in_flight)"
    )


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def held(house: House) -> dict[str, int]:
    """Return what could leak: tasks, file descriptors, locks of this database."""
    locks = await house.value(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE d.datname = current_database() AND l.pid <> pg_backend_pid()"
    )
    assert isinstance(locks, int)
    return {
        "tasks": len(asyncio.all_tasks()),
        "file descriptors": _descriptors(),
        "locks": locks,
    }


async def fill_the_pool(house: House) -> None:
    """Open all connections that the pool may have; it would, one by one."""
    await asyncio.gather(*(house.value("SELECT pg_sleep(0.2)") for _ in range(8)))


async def burst(house: House, url: str) -> None:
    for start in range(0, MESSAGES, 50):
        await asyncio.gather(
            *(house.accept(body=str(n), status_callback=url) for n in range(start, start + 50))
        )
        await until(lambda: is_quiet(house))
    gc.collect()


async def test_tasks_descriptors_and_locks_do_not_grow_with_traffic(
    house: House, redis_url: str
) -> None:
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(SimBox())
        server = await stack.enter_async_context(serve(respond()))
        await point_at(house, box)
        await stack.enter_async_context(running(house, redis_url))
        await stack.enter_async_context(delivering(house, redis_url))
        await stack.enter_async_context(ticking(house))
        await fill_the_pool(house)
        grown = []
        for n in range(1, BURSTS + 1):
            before = await held(house)
            await burst(house, server.url())
            assert len(box.submits) == n * MESSAGES
            grown.append(await growth(house, before))
            if n > 1 and not grown[-1]:
                return
        pytest.fail(f"each burst left more than the one before it: {grown}")


async def growth(house: House, before: dict[str, int]) -> dict[str, int]:
    """Return what there is more of than before, once timers and queries of the moment are gone."""
    for _ in range(60):
        now = await held(house)
        more = {name: now[name] - before[name] for name in before if now[name] > before[name]}
        if not more:
            break
        await asyncio.sleep(0.05)
    return more
