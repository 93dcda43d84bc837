"""Doorbells over a real Valkey: who wakes, how often, and what happens when it goes away."""

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import redis.asyncio
from arq.constants import job_key_prefix
from structlog.testing import capture_logs

from smsc import jobs
from smsc.embedded import EmbeddedValkey
from smsc.jobs import WEBHOOKS_QUEUE, Bells, answer_bells, gateway_queue, hear, is_alive

ONE, TWO = (f"WP{digit * 32}" for digit in "12")
NOWHERE = "unix:///nowhere/valkey.sock"


async def eventually(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not claim():
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def in_background(*work: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def listens(redis_url: str, *channels: str) -> None:
    """Wait until somebody has subscribed to each."""
    async with asyncio.timeout(10), redis.asyncio.Redis.from_url(redis_url) as client:
        while not all(count for _, count in await client.pubsub_numsub(*channels)):
            await asyncio.sleep(0.005)


async def test_a_bell_wakes_its_process_and_no_other(redis_url: str) -> None:
    first: list[str] = []
    second: list[str] = []
    queues = [gateway_queue(ONE), gateway_queue(TWO)]
    async with (
        Bells(redis_url) as bells,
        in_background(
            answer_bells(redis_url, queues[0], {"drain": first.append}),
            answer_bells(redis_url, queues[1], {"drain": second.append}),
        ),
    ):
        await listens(redis_url, *queues)
        bells.ring_connector(ONE, "CN1", 7)
        await eventually(lambda: first)
    assert (first, second) == (["CN1"], [])


async def test_many_rings_are_few_bells(redis_url: str) -> None:
    heard: list[str] = []
    async with (
        Bells(redis_url) as bells,
        in_background(answer_bells(redis_url, WEBHOOKS_QUEUE, {"deliver": heard.append})),
    ):
        await listens(redis_url, WEBHOOKS_QUEUE)
        for _ in range(200):
            bells.ring_webhooks()
        await eventually(lambda: heard)
        await eventually(lambda: not bells._ringing)
    assert 1 <= len(heard) <= 3


async def test_each_of_many_connectors_is_woken_at_once(redis_url: str) -> None:
    heard: list[str] = []
    queue = gateway_queue(ONE)
    connectors = {f"CN{number}" for number in range(40)}
    async with (
        Bells(redis_url) as bells,
        in_background(answer_bells(redis_url, queue, {"drain": heard.append})),
    ):
        await listens(redis_url, queue)
        for sid in connectors:
            bells.ring_connector(ONE, sid, 1)
        await asyncio.wait_for(eventually(lambda: set(heard) == connectors), jobs.POLL_SECONDS - 1)


async def test_a_bell_that_was_rung_before_anybody_listened_is_answered(redis_url: str) -> None:
    heard: list[str] = []
    async with Bells(redis_url) as bells:
        bells.ring_webhooks()
        await eventually(lambda: not bells._ringing)
        async with in_background(
            answer_bells(redis_url, WEBHOOKS_QUEUE, {"deliver": heard.append})
        ):
            await eventually(lambda: heard)


async def test_a_ring_behind_a_hanging_bell_is_rung_again(redis_url: str) -> None:
    heard: list[str] = []
    async with Bells(redis_url) as bells, redis.asyncio.Redis.from_url(redis_url) as client:
        bells.ring_webhooks()
        await eventually(lambda: not bells._ringing)
        bells.ring_webhooks()  # the first one's job is still there
        await client.delete(job_key_prefix + "deliver")  # answered, say
        await client.delete(WEBHOOKS_QUEUE)
        async with in_background(
            answer_bells(redis_url, WEBHOOKS_QUEUE, {"deliver": heard.append})
        ):
            await eventually(lambda: heard)


async def test_a_process_s_own_bells_need_no_redis() -> None:
    heard: list[str] = []
    async with Bells(NOWHERE) as bells:
        bells.answer_here(gateway_queue(ONE), heard.append)
        bells.ring_connector(ONE, "CN1", 1)
        assert heard == ["CN1"]


async def test_a_process_sees_its_own_changes_at_once_even_without_redis() -> None:
    heeded: list[str] = []
    async with Bells("unix:///nowhere/valkey.sock") as bells:
        bells.heed_here(lambda: heeded.append("cleared"))
        await bells.announce_change()
        assert heeded == ["cleared"]


async def test_on_the_wire_a_bell_is_json(redis_url: str) -> None:
    async with Bells(redis_url) as bells, redis.asyncio.Redis.from_url(redis_url) as client:
        bells.ring_connector(ONE, "CN1", 7)
        await eventually(lambda: not bells._ringing)
        octets = await client.get(job_key_prefix + "drain:CN1:7")
        lifetime = await client.ttl(job_key_prefix + "drain:CN1:7")
    assert octets is not None
    assert octets.startswith(b'{"')
    assert 0 < lifetime <= jobs.BELL_EXPIRES_SECONDS


async def test_a_pickle_in_the_queue_is_not_opened(redis_url: str) -> None:
    heard: list[str] = []
    async with redis.asyncio.Redis.from_url(redis_url) as client, Bells(redis_url) as bells:
        await client.set(job_key_prefix + "evil", pickle.dumps({"f": "deliver", "a": ("x",)}))
        await client.zadd(WEBHOOKS_QUEUE, {"evil": 1})
        async with in_background(
            answer_bells(redis_url, WEBHOOKS_QUEUE, {"deliver": heard.append})
        ):
            await listens(redis_url, WEBHOOKS_QUEUE)
            bells.ring_webhooks()
            await eventually(lambda: heard)
    assert heard == [""]


async def test_an_emptied_redis_harms_nobody(redis_url: str) -> None:
    heard: list[str] = []
    async with (
        Bells(redis_url) as bells,
        redis.asyncio.Redis.from_url(redis_url) as client,
        in_background(answer_bells(redis_url, WEBHOOKS_QUEUE, {"deliver": heard.append})),
    ):
        await listens(redis_url, WEBHOOKS_QUEUE)
        for count in range(1, 4):
            await client.flushall()
            bells.ring_webhooks()
            await eventually(lambda: len(heard) >= count)  # noqa: B023 awaited in its turn


async def test_without_redis_ringing_neither_fails_nor_piles_up() -> None:
    with capture_logs() as logs:
        async with Bells(NOWHERE) as bells:
            for _ in range(100):
                bells.ring_webhooks()
                bells.ring_esmes()
                bells.ring_connector(ONE, "CN1", 1)
                await asyncio.sleep(0)
            assert len(bells._ringing) <= 3
            await eventually(lambda: not bells._ringing)
            await bells.announce_change()
    assert [entry["event"] for entry in logs].count("bells.lost") == 1
    assert not await is_alive(NOWHERE)


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory, embedded_home: Path) -> EmbeddedValkey:
    """A Valkey of this test's own, to be stopped and started."""
    return EmbeddedValkey(embedded_home / "restarted")


async def test_bells_and_broadcasts_return_with_redis(own_valkey: EmbeddedValkey) -> None:
    heard: list[str] = []
    changes = 0

    def changed() -> None:
        nonlocal changes
        changes += 1

    url = own_valkey.start()
    try:
        async with (
            Bells(url) as bells,
            in_background(
                answer_bells(url, WEBHOOKS_QUEUE, {"deliver": heard.append}),
                hear(url, jobs.CHANGES_CHANNEL, changed),
            ),
        ):
            await listens(url, WEBHOOKS_QUEUE, jobs.CHANGES_CHANNEL)
            bells.ring_webhooks()
            await bells.announce_change()
            await eventually(lambda: heard and changes == 2)
            own_valkey.stop()
            bells.ring_webhooks()
            await bells.announce_change()
            await eventually(lambda: not bells._ringing)
            own_valkey.start()
            # What was announced meanwhile is made up for: the gap itself counts as a change.
            await eventually(lambda: changes == 3)
            before = len(heard)
            await listens(url, WEBHOOKS_QUEUE)
            bells.ring_webhooks()
            await eventually(lambda: len(heard) > before)
            assert await is_alive(url)
    finally:
        own_valkey.stop()


async def test_esmes_bells_reach_every_listener(redis_url: str) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with (
        Bells(redis_url) as bells,
        in_background(
            hear(redis_url, jobs.ESMES_CHANNEL, first.set),
            hear(redis_url, jobs.ESMES_CHANNEL, second.set),
        ),
    ):
        await eventually(lambda: first.is_set() and second.is_set())
        first.clear()
        second.clear()
        bells.ring_esmes()
        await eventually(lambda: first.is_set() and second.is_set())
