"""A day of traffic in small: after each burst a process holds what it held after the one before."""

import asyncio
import gc
from contextlib import AsyncExitStack
from pathlib import Path

from smsc.simulator import SimBox
from tests.integration.conftest import House
from tests.integration.webhooks.web_server import respond, serve
from tests.integration.workers.parts import delivering
from tests.integration.workers.test_clock import ticking
from tests.integration.workers.test_gateway_process import point_at, running, until

MESSAGES = 150  # a burst


async def is_quiet(house: House) -> bool:
    """Say whether all was sent, reported and told."""
    return not await house.value(
        "SELECT (SELECT count(*) FROM messages WHERE status <> 'delivered') "
        "+ (SELECT count(*) FROM webhooks) + (SELECT count(*) FROM in_flight)"
    )


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def held(house: House) -> dict[str, object]:
    """Return what could leak: tasks, file descriptors, locks of this database."""
    gc.collect()
    locks = await house.value(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE d.datname = current_database() AND l.pid <> pg_backend_pid()"
    )
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
        await burst(house, server.url())  # pools and connections are what they will be
        before = await held(house)
        await burst(house, server.url())
        await until(lambda: no_more_than(house, before))
        assert len(box.submits) == 2 * MESSAGES


async def no_more_than(house: House, before: dict[str, object]) -> bool:
    """Timers and queries of the moment come and go: wait for one in which none is too many."""
    now = await held(house)
    return all(now[name] <= before[name] for name in before)  # type: ignore[operator]
