"""What is to be done later: one heap and one timer for thousands of items."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_TOGETHER_SECONDS: Final = 0.001  # what is due within it is handed over in one call


class Timeline(Generic[T]):
    """Hands items over when they are due, in the order of their times, in batches."""

    def __init__(self, due: Callable[[list[T]], None]) -> None:
        self._due = due
        self._heap: list[tuple[float, int, T]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, at: float, item: T) -> None:
        """Keep `item` until `at`, in seconds of the event loop's clock."""
        heappush(self._heap, (at, next(self._order), item))
        if self._heap[0][2] is item:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self._fire)

    def _fire(self) -> None:
        self._timer = None
        until = asyncio.get_running_loop().time() + _TOGETHER_SECONDS
        items: list[T] = []
        while self._heap and self._heap[0][0] <= until:
            items.append(heappop(self._heap)[2])
        if self._heap:
            self._arm()
        if items:
            self._due(items)
