"""Answers doorbells and broadcasts, over arq's worker and Redis' channels."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func

from smsc.jobs.connecting import gather_first, reconnecting, serialize

# arq polls; a PUBLISH beside each bell wakes it, so the poll only closes the gap of a lost one, and
# a sweep each second sees what that one would have announced.
POLL_SECONDS: Final = 10.0
# More than the bells that can hang at one process: what arq does not pick up waits for a poll.
MOST_JOBS: Final = 1000


class BellWorker(Worker):
    """arq's worker with a long poll that a PUBLISH cuts short."""

    def __init__(
        self,
        queue: str,
        functions: list[Function],
        redis: ArqRedis,
        *,
        most: int = MOST_JOBS,
        longest_seconds: float = 10,
    ) -> None:
        super().__init__(
            functions=functions,
            queue_name=queue,
            redis_pool=redis,
            handle_signals=False,
            poll_delay=POLL_SECONDS,
            keep_result=0,
            max_tries=1,
            max_jobs=most,
            job_timeout=longest_seconds,
            health_check_interval=60,
            job_serializer=serialize,
            job_deserializer=orjson.loads,
        )
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Poll now."""
        self._woken.set()

    async def main(self) -> None:
        """Poll when woken, and every few seconds in any case."""
        while True:
            self._woken.clear()
            await self._poll_iteration()
            try:
                async with asyncio.timeout(self.poll_delay_s):
                    await self._woken.wait()
            except TimeoutError:
                continue


async def answer_bells(
    redis_url: str, queue: str, jobs: Mapping[str, Callable[[str], None]]
) -> None:
    """Answer the bells of `queue` until cancelled; reconnect for ever when Redis goes away.

    `jobs` maps a bell's name to what it wakes; that must return at once.
    """

    def as_function(name: str, wake: Callable[[str], None]) -> Function:
        async def run(
            ctx: dict[Any, Any],  # noqa: ARG001 the names and types are arq's
            *args: Any,  # noqa: ANN401
            **kwargs: Any,  # noqa: ANN401, ARG001
        ) -> None:
            wake(str(args[0]))

        return func(run, name=name)

    functions = [as_function(name, wake) for name, wake in jobs.items()]

    async def serve(redis: ArqRedis) -> None:
        worker = BellWorker(queue, functions, redis)
        try:
            await gather_first(worker.main(), subscribe(redis, queue, worker.wake))
        finally:
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)

    await reconnecting(redis_url, f"bells of {queue}", serve)


async def hear(redis_url: str, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` at every broadcast, and after each gap in hearing, until cancelled."""

    async def serve(redis: ArqRedis) -> None:
        await subscribe(redis, channel, heard)

    await reconnecting(redis_url, channel, serve)


async def subscribe(redis: ArqRedis, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` at each broadcast, and once when none can be missed any more."""
    async with redis.pubsub() as subscription:
        await subscription.subscribe(channel)
        async for message in subscription.listen():
            if message["type"] in {"subscribe", "message"}:
                heard()
