"""An event loop whose clock leaps to the next thing due as soon as nothing else is to do.

Both ends of each connection run in it, over real sockets on the loopback. An hour of silence takes
no longer than its events do, and each run sees the same times.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_IN_THE_KERNEL_SECONDS = 0.002  # for what was written and is not readable yet


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if nothing is, it is `timeout` later."""
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        ready = super().select(_IN_THE_KERNEL_SECONDS)
        if not ready:
            self.now += timeout
        return ready


class TimeTravelLoop(asyncio.SelectorEventLoop):
    """The loop. What is tested takes its `time` for a clock."""

    def __init__(self) -> None:
        self._travelling = _Selector()
        super().__init__(self._travelling)

    def time(self) -> float:
        """Return its own time."""
        return self._travelling.now

    def call_exception_handler(self, context: Mapping[str, Any]) -> None:
        """Let no fault pass unseen."""
        raise AssertionError(context)


def travel(journey: Callable[[TimeTravelLoop], Awaitable[T]]) -> T:
    """Run a coroutine in a loop of its own."""
    loop = TimeTravelLoop()

    async def begin() -> T:
        return await journey(loop)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(begin())
