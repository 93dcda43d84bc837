"""Group commit without a timer: the next batch is what gathered while the last one committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final, Generic, TypeVar

import asyncpg

from smsc.db import REFUSED, UNAVAILABLE
from smsc.errors import BadParameter, ServiceUnavailable

LOADED: Final = 2  # items in a batch from which on we call it load: alone, nobody waits

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Writes items in batches; each caller waits for the commit of its own.

    Alone, a caller waits for nobody. A row that fails falls out alone and the rest commits: rows
    that a batch was refused for are written one by one. With a pace, under load, the next batch
    begins no sooner than so many seconds after the last did: what a statement costs is shared by
    its rows, and what a commit leaves of that time is too short to gather many.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[None]],
        *,
        most: int = 500,
        pace_seconds: float = 0.0,
    ) -> None:
        self._write = write
        self._most = most
        self._pace_seconds = pace_seconds
        # Kept: to ask for it costs a system call in Python 3.11.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """How many items wait for the writer."""
        return len(self._waiting)

    async def add(self, item: T) -> None:
        """Return after the commit of `item`.

        Raises:
            ServiceUnavailable: the database is away; the item may be offered again.
            BadParameter: the database refuses this item.
        """
        await self.offer(item)

    def offer(self, item: T) -> asyncio.Future[None]:
        """Take `item`; the future is done after its commit, and fails as `add` does."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((item, done))
        if self._writer is None:
            self._writer = loop.create_task(self._run())
        return done

    async def drain(self) -> None:
        """Wait until everything that was added is written or refused."""
        while self._writer is not None:
            await asyncio.wait([self._writer])

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                began = monotonic()
                try:
                    await self._write_batch(batch)
                except BaseException:  # a fault of ours: nobody may wait for ever
                    for _, done in batch:
                        if not done.done():
                            done.set_exception(ServiceUnavailable())
                    raise
                if self._pace_seconds and LOADED <= len(batch) < self._most:
                    await asyncio.sleep(began + self._pace_seconds - monotonic())
        finally:
            self._writer = None

    async def _write_batch(self, batch: list[tuple[T, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        try:
            await self._write([item for item, _ in batch])
        except REFUSED as refused:
            if len(batch) > 1:
                for single in batch:
                    await self._write_batch([single])
                return
            error = BadParameter(f"The database refuses this: {refused}")
        except UNAVAILABLE as away:
            error = ServiceUnavailable()
            error.__cause__ = away
        except asyncpg.PostgresError as unexpected:
            error = unexpected
        for _, done in batch:
            if done.done():
                continue  # its caller went away; the row is committed all the same
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
