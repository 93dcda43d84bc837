"""Doorbells over arq: "there is work", coalesced, carrying none, lost without harm."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Final, Self

import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from smsc.jobs.connecting import open_redis

log = structlog.get_logger()

WEBHOOKS_QUEUE: Final = "webhooks"
PROBES_QUEUE: Final = "probes"
ESMES_CHANNEL: Final = "smsc:esmes"
CHANGES_CHANNEL: Final = "smsc:changes"
# A bell that was rung less than this ago is rung again at the end of it, once, for all that came
# meanwhile. One arq job costs about 2.4 ms of CPU in all, so this bounds bells to 5 % of a core.
COALESCE_SECONDS: Final = 0.05
# A connector's: its pump looks for itself so long after a bell, or after it has found something.
AWAKE_SECONDS: Final = 0.5
BELL_EXPIRES_SECONDS: Final = 10
RING_SECONDS: Final = 2.0  # a Redis that takes longer is as good as away
RING_TRIES: Final = 3
MOST_REMEMBERED: Final = 10_000  # epochs pass; their bells need not be remembered


def gateway_queue(process_sid: str) -> str:
    """Return the queue of one gateway process: its connectors' bells ring nowhere else."""
    return f"gateway:{process_sid}"


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
        self._heeding: list[Callable[[], None]] = []
        self._rung_at: dict[str, float] = {}
        self._ringing: dict[str, asyncio.Task[None]] = {}  # by job id: one task a bell at a time
        self._again: set[str] = set()  # of those, the bells that were rung while being written
        self._lost_since: float | None = None

    def answer_here(self, queue: str, answer: Callable[[str], None]) -> None:
        """Take the bells of `queue` in this process: ringing then costs a call, not Redis."""
        self._here[queue] = answer

    def heed_here(self, heed: Callable[[], None]) -> None:
        """Call this when this process announces a change: who changes something sees it at once."""
        self._heeding.append(heed)

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
        for heed in self._heeding:
            heed()
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
