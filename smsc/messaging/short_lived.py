"""Values that are read once and kept two seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from time import monotonic
from typing import Final, Generic, TypeVar

LIFE_SECONDS: Final = 2.0  # a revoked credential stops within it even without Redis
MOST_ENTRIES: Final = 100_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ShortLived(Generic[K, V]):
    """Values by key, each loaded once for all who wait, and dropped after two seconds."""

    def __init__(self, load: Callable[[K], Awaitable[V]]) -> None:
        self._load = load
        self._kept: dict[K, tuple[float, V]] = {}
        self._loading: dict[K, asyncio.Task[V]] = {}

    def peek(self, key: K) -> V | None:
        """Return the value if it is fresh; no waiting."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] > monotonic() else None

    def put(self, key: K, value: V) -> None:
        """Keep a value that has just been decided."""
        self._kept[key] = (monotonic() + LIFE_SECONDS, value)

    async def get(self, key: K) -> V:
        """Return the value, loading it if it is not fresh."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > monotonic():
            return kept[1]
        task = self._loading.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fetch(key))
            self._loading[key] = task
            task.add_done_callback(partial(self._loaded, key))
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Forget everything, and what is being loaded, which may be stale already."""
        self._kept.clear()
        self._loading.clear()

    def _loaded(self, key: K, task: asyncio.Task[V]) -> None:
        if self._loading.get(key) is task:  # else: cleared, and perhaps being loaded anew
            del self._loading[key]

    async def _fetch(self, key: K) -> V:
        until = monotonic() + LIFE_SECONDS
        mine = asyncio.current_task()
        value = await self._load(key)
        if self._loading.get(key) is mine:  # else: cleared meanwhile
            if len(self._kept) >= MOST_ENTRIES:
                self._kept.clear()
            self._kept[key] = (until, value)
        return value
