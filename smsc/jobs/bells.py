"""Doorbells over arq: "there is work", coalesced, carrying none, lost without harm."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, Final, Self

import orjson
import structlog
from arq.connections import ArqRedis
from arq.worker import Function, Worker, func
from redis.exceptions import RedisError

log = structlog.get_logger()

WEBHOOKS_QUEUE: Final = "webhooks"
PROBES_QUEUE: Final = "probes"
ESMES_CHANNEL: Final = "smsc:esmes"
CHANGES_CHANNEL: Final = "smsc:changes"
# A bell that was rung less than this ago is rung again at the end of it, once, for all that came
# meanwhile. One arq job costs about 2.4 ms of CPU in all, so this bounds bells to 5 % of a core.
COALESCE_SECONDS: Final = 0.05
# A connector's: its pump looks for itself so long after a bell, or after it has found something.
AWAKE_SECONDS: Final = 0.2
BELL_EXPIRES_SECONDS: Final = 10
# arq polls; a PUBLISH beside each bell wakes it, so the poll only closes the gap of a lost one.
POLL_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 1.0
RING_SECONDS: Final = 2.0  # a Redis that takes longer is as good as away
RING_TRIES: Final = 3
MOST_REMEMBERED: Final = 10_000  # epochs pass; their bells need not be remembered
# More than the bells that can hang at one process: what arq does not pick up waits for a poll.
MOST_JOBS: Final = 1000


def gateway_queue(process_sid: str) -> str:
    """Return the queue of one gateway process: its connectors' bells ring nowhere else."""
    return f"gateway:{process_sid}"


def serialize(job: Mapping[str, object]) -> bytes:
    """Write a job as JSON: a pickle from a shared Redis would be an open door."""
    return orjson.dumps(job, default=str)


async def open_redis(redis_url: str) -> ArqRedis:
    """Open arq's pool on a `redis://`, `rediss://` or `unix://` URL.

    Raises:
        redis.exceptions.RedisError, OSError: Redis can't be reached.
    """
    redis: ArqRedis = ArqRedis.from_url(
        redis_url, socket_connect_timeout=CONNECT_SECONDS, encoding="utf8"
    )
    redis.job_serializer, redis.job_deserializer = serialize, orjson.loads
    redis.expires_extra_ms = 10_000
    try:
        await redis.ping()
    except BaseException:  # a cancel too: arq's own `create_pool` would leave the socket open then
        await redis.aclose()
        raise
    return redis


@dataclass(frozen=True, slots=True)
class _Bell:
    """What is written to Redis for a ring. Without a job it is a broadcast alone."""

    queue: str
    job: str
    argument: str
    job_id: str
    coalesced: float  # seconds


class Bells:
    """Rings doorbells. Never raises and never waits: the sweep finds what a lost bell left."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._redis: ArqRedis | None = None
        self._opening = asyncio.Lock()
        self._here: dict[str, Callable[[str], None]] = {}
        self._rung_at: dict[str, float] = {}
        self._ringing: dict[str, asyncio.Task[None]] = {}  # by job id: one task a bell at a time
        self._again: set[str] = set()  # of those, the bells that were rung while being written
        self._lost_since: float | None = None

    def answer_here(self, queue: str, answer: Callable[[str], None]) -> None:
        """Take the bells of `queue` in this process: ringing then costs a call, not Redis."""
        self._here[queue] = answer

    def ring_connector(self, owner: str, connector_sid: str, epoch: int) -> None:
        """Tell the process that runs a connector that segments wait."""
        self._ring(
            gateway_queue(owner),
            "drain",
            connector_sid,
            f"drain:{connector_sid}:{epoch}",
            AWAKE_SECONDS,
        )

    def ring_webhooks(self) -> None:
        """Tell a webhooks process that the outbox has rows."""
        self._ring(WEBHOOKS_QUEUE, "deliver", "", "deliver")

    def ring_probe(self, probe_sid: str) -> None:
        """Hand a probe to a gateway process; a lost one is found by its row."""
        self._ring(PROBES_QUEUE, "probe", probe_sid, f"probe:{probe_sid}")

    def ring_esmes(self) -> None:
        """Tell every listener that receipts or messages wait for customers' ESMEs.

        A broadcast: only the process that holds an ESME's session can deliver to it.
        """
        self._ring(ESMES_CHANNEL, "", "", ESMES_CHANNEL)

    async def announce_change(self) -> None:
        """Tell every process to drop its caches: an account, number, connector or route changed."""
        try:
            async with asyncio.timeout(RING_SECONDS):
                await (await self._connected()).publish(CHANGES_CHANNEL, b"")
        except (RedisError, OSError) as error:
            log.warning("change.unannounced", error=str(error))  # caches live two seconds anyway

    async def close(self) -> None:
        """Drop what is still to be rung; the sweep finds it."""
        tasks = list(self._ringing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _ring(
        self,
        queue: str,
        job: str,
        argument: str,
        job_id: str,
        coalesced: float = COALESCE_SECONDS,
    ) -> None:
        answer = self._here.get(queue)
        if answer is not None:
            answer(argument)
        elif job_id in self._ringing:
            self._again.add(job_id)
        else:
            bell = _Bell(queue, job, argument, job_id, coalesced)
            self._ringing[job_id] = asyncio.get_running_loop().create_task(self._ring_out(bell))

    async def _ring_out(self, bell: _Bell) -> None:
        """Ring, and once more for all who rang while that was being written."""
        job_id = bell.job_id
        tries, coalesced = 0, bell.coalesced
        try:
            while True:
                wait = self._rung_at.get(job_id, -inf) + coalesced - monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                if len(self._rung_at) >= MOST_REMEMBERED:
                    self._rung_at.clear()
                self._rung_at[job_id] = monotonic()
                self._again.discard(job_id)
                tries += 1
                was_heard = await self._write(bell)
                # What hangs there already is answered soon, or is forgotten.
                coalesced = bell.coalesced if was_heard else COALESCE_SECONDS
                if job_id in self._again:
                    tries = 0
                elif was_heard or tries == RING_TRIES:
                    return
        finally:
            del self._ringing[job_id]
            self._again.discard(job_id)

    async def _write(self, bell: _Bell) -> bool:
        """Write a bell; False: an earlier one still hangs, and may have been answered already."""
        was_heard = True
        try:
            async with asyncio.timeout(RING_SECONDS):
                redis = await self._connected()
                if bell.job:
                    job = await redis.enqueue_job(
                        bell.job,
                        bell.argument,
                        _job_id=bell.job_id,
                        _queue_name=bell.queue,
                        _expires=BELL_EXPIRES_SECONDS,
                    )
                    was_heard = job is not None
                await redis.publish(bell.queue, b"")
        except (RedisError, OSError) as error:
            if self._lost_since is None:  # once, not for each bell
                self._lost_since = monotonic()
                log.warning("bells.lost", queue=bell.queue, error=str(error))
            return True  # the sweep finds it
        if self._lost_since is not None:
            log.info("bells.returned", seconds=round(monotonic() - self._lost_since, 1))
            self._lost_since = None
        return was_heard

    async def _connected(self) -> ArqRedis:
        async with self._opening:
            if self._redis is None:
                self._redis = await open_redis(self._url)
            return self._redis


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


async def is_alive(redis_url: str) -> bool:
    """Say whether Redis answers."""
    try:
        async with asyncio.timeout(2), await open_redis(redis_url) as redis:
            await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True


async def subscribe(redis: ArqRedis, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` at each broadcast, and once when none can be missed any more."""
    async with redis.pubsub() as subscription:
        await subscription.subscribe(channel)
        async for message in subscription.listen():
            if message["type"] in {"subscribe", "message"}:
                heard()


async def gather_first(*work: Awaitable[None]) -> None:
    """Run all; end, with its error, when the first ends."""
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def reconnecting(
    redis_url: str, what: str, serve: Callable[[ArqRedis], Awaitable[None]]
) -> None:
    """Serve on a connection until cancelled, and on another whenever it is lost."""
    away = False
    while True:
        try:
            async with await open_redis(redis_url) as redis:
                if away:
                    log.info("redis.returned", what=what)
                    away = False
                await serve(redis)
        except (RedisError, OSError, TimeoutError) as error:
            if not away:
                log.warning("redis.lost", what=what, error=str(error))
                away = True
        await asyncio.sleep(RECONNECT_SECONDS)
