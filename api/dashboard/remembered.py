"""Remembers what is dear to count: at once what was counted of late, counted anew behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog

from smsc.db import UNAVAILABLE

log = structlog.get_logger()

V = TypeVar("V")

_MOST: Final = 500  # keys; the oldest go


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    counted_at: float


class Remembered(Generic[V]):
    """Values by key, each counted once at a time, however many ask.

    One younger than `fresh_seconds` is given as it is; one younger than `stale_seconds` too, and
    counted anew meanwhile; an older one is waited for.
    """

    def __init__(
        self,
        *,
        fresh_seconds: float,
        stale_seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._fresh = fresh_seconds
        self._stale = stale_seconds
        self._clock = clock
        self._entries: dict[Hashable, _Entry[V]] = {}
        self._counting: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, count: Callable[[], Awaitable[V]]) -> V:
        """Return what `count` returned for the key, of late or now."""
        entry = self._entries.get(key)
        age = None if entry is None else self._clock() - entry.counted_at
        if entry is not None and age is not None and age < self._stale:
            if age >= self._fresh:
                self._begin(key, count)
            return entry.value
        return await asyncio.shield(self._begin(key, count))

    def _begin(self, key: Hashable, count: Callable[[], Awaitable[V]]) -> "asyncio.Task[V]":
        task = self._counting.get(key)
        if task is None:
            task = asyncio.create_task(self._count(key, count))
            self._counting[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    async def _count(self, key: Hashable, count: Callable[[], Awaitable[V]]) -> V:
        value = await count()
        self._entries.pop(key, None)  # the newest stands last
        self._entries[key] = _Entry(value, self._clock())
        if len(self._entries) > _MOST:
            del self._entries[next(iter(self._entries))]
        return value

    def _ended(self, key: Hashable, task: "asyncio.Task[V]") -> None:
        del self._counting[key]
        if not task.cancelled() and isinstance(task.exception(), UNAVAILABLE):
            log.warning("count.delayed", error=str(task.exception()))
