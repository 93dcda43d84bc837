"""Jobs of arq that take minutes. Each has a row that says whether it is still to be done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from arq.connections import ArqRedis
from arq.worker import Function, func

from smsc.jobs.connecting import gather_first, reconnecting
from smsc.jobs.hearing import BellWorker, subscribe


async def run_jobs(
    redis_url: str,
    queue: str,
    jobs: Mapping[str, Callable[[str], Awaitable[None]]],
    *,
    most: int,
    longest: timedelta,
) -> None:
    """Run the jobs of `queue`, `most` at once, until cancelled; they are cancelled too.

    `jobs` maps a job's name to what does it, given the job's argument. One that takes longer than
    `longest` is cancelled. A job may be lost with Redis, and may come twice.
    """

    def as_function(name: str, do: Callable[[str], Awaitable[None]]) -> Function:
        async def run(
            ctx: dict[Any, Any],  # noqa: ARG001 the names and types are arq's
            *args: Any,  # noqa: ANN401
            **kwargs: Any,  # noqa: ANN401, ARG001
        ) -> None:
            await do(str(args[0]))

        return func(run, name=name)

    functions = [as_function(name, do) for name, do in jobs.items()]

    async def serve(redis: ArqRedis) -> None:
        worker = BellWorker(
            queue, functions, redis, most=most, longest_seconds=longest.total_seconds()
        )
        try:
            await gather_first(worker.main(), subscribe(redis, queue, worker.wake))
        finally:
            tasks = list(worker.tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    await reconnecting(redis_url, f"jobs of {queue}", serve)
