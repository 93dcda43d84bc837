"""Gathers what comes back over a process's connectors: a few milliseconds' worth in one commit."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Final

from smsc.messaging.result_writer import ResultWriter
from smsc.messaging.results import Delivery, Item, answer
from smsc.smpp.pdu import CommandStatus

# Under load a commit is worth waiting for: what comes within 20 ms shares it. At rest nobody waits.
PACE_SECONDS: Final = 0.02
LOADED: Final = 8  # items in a batch from which on we call it load
MOST_AT_ONCE: Final = 1000
LONGEST_WAIT_SECONDS: Final = 5.0  # between tries while the database is away


class Recorder:
    """What a gateway process writes, in order: responses before the receipts behind them."""

    def __init__(self, writer: ResultWriter) -> None:
        self._writer = writer
        self._items: list[Item] = []
        self._woken = asyncio.Event()
        self._hurried = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None  # when what may wait has waited
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, items: Iterable[Item], *, may_wait: bool = False) -> None:
        """Take what is to be written; the order is that in which it was read from the sockets.

        What `may_wait` does so for 20 ms, unless something comes that may not, or somebody hurries.
        """
        self._items.extend(items)
        if not self._items:
            return
        self._idle.clear()
        if not may_wait:
            self._wake()
        elif self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(PACE_SECONDS, self._wake)

    def hurry(self) -> None:
        """Write now: somebody can't go on before."""
        self._hurried.set()
        if self._items:
            self._wake()

    def _wake(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._woken.set()

    async def drain(self) -> None:
        """Wait until all that was added is committed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        wait = 0.1
        while True:
            await self._woken.wait()
            self._woken.clear()
            started = monotonic()
            self._hurried.clear()
            batch, self._items = self._items[:MOST_AT_ONCE], self._items[MOST_AT_ONCE:]
            unwritten = await self._writer.write(batch)
            if unwritten:
                self._items = [*_give_back(unwritten), *self._items]
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
            else:
                wait = 0.1
                if len(batch) >= LOADED:
                    await self._pause(started + PACE_SECONDS - monotonic())
            if not self._items:
                self._idle.set()
            elif self._alarm is None:  # else it may wait, and will be written then
                self._wake()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()


def _give_back(batch: Sequence[Item]) -> list[Item]:
    """Answer deliveries with "not now", so that the remote repeats them; return the rest."""
    answer(batch, CommandStatus.ESME_RX_T_APPN)
    return [item for item in batch if not isinstance(item, Delivery)]
