"""Keeps a list of children running, and stops them in reverse order."""

import asyncio
from collections.abc import Callable

from smsc.cli.child import Child, ChildEvent, ChildSpec
from smsc.cli.logfile import rotate
from smsc.errors import GatewayError

_ATTEMPTS = 3
_POLL_SECONDS = 0.05
_ROTATE_SECONDS = 60.0


class ChildNotReady(GatewayError):
    """A child doesn't start; says its last words and where its log is."""


class Supervisor:
    """The children of one `smsc up`."""

    def __init__(self, report: Callable[[ChildEvent], None]) -> None:
        self.children: list[Child] = []
        self._report = report
        self._hurry = asyncio.Event()
        self._rotator = asyncio.create_task(self._rotate())

    async def start(self, *specs: ChildSpec, within: float = 60.0) -> None:
        """Start them in this order, all at once, and wait until all are ready.

        `within` is in seconds. A child that dies before it is ready gets two more attempts.

        Raises:
            ChildNotReady: one of them doesn't get ready. The others go on until `stop`.
        """
        started = [Child(spec, self._report) for spec in specs]
        self.children += started
        for child in started:
            child.start()
        try:
            async with asyncio.timeout(within):
                for child in started:
                    await _until_ready(child)
        except TimeoutError:
            late = next(child for child in started if not child.is_ready.is_set())
            raise ChildNotReady(
                f"{late.spec.name} is not ready after {within:.0f} s (log: {late.spec.log})"
            ) from None

    async def stop(self) -> None:
        """Stop all, the last one first. Each gets its time; see `hurry`."""
        self._rotator.cancel()
        while self.children:
            await self.children.pop().stop(self._hurry)

    def hurry(self) -> None:
        """Cut the waits of `stop`: a second, then the next harder signal."""
        self._hurry.set()

    async def _rotate(self) -> None:
        """Keep logs small while months pass without a start."""
        while True:
            await asyncio.sleep(_ROTATE_SECONDS)
            for child in self.children:
                await asyncio.to_thread(rotate, child.spec.log)


async def _until_ready(child: Child) -> None:
    while child.deaths < _ATTEMPTS:
        try:
            await asyncio.wait_for(child.is_ready.wait(), _POLL_SECONDS)
        except TimeoutError:
            continue
        return
    raise ChildNotReady(
        f"{child.spec.name} does not start: {child.last_words} (log: {child.spec.log})"
    )
