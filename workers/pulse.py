"""The second hand of a process: loops that look at the same moment wake it once.

To wake a process that rests is dear: a system at rest is what its timers cost. Each process has
seconds of its own, so that those of one machine don't all ask the database at the same moment.
"""

import asyncio
import time
from typing import Final

_MILLISECONDS: Final = 1000  # what uvloop's timers count in
_BEGAN: Final = round(time.monotonic() * _MILLISECONDS)


def until_next(seconds: float, now: float) -> float:
    """Return how many seconds after `now`, a loop's time, is the next of every so many seconds."""
    every = round(seconds * _MILLISECONDS)
    passed = (round(now * _MILLISECONDS) - _BEGAN) % every
    return (every - passed) / _MILLISECONDS


async def pulse(seconds: float) -> None:
    """Sleep until the next of every so many seconds of this process."""
    await asyncio.sleep(until_next(seconds, asyncio.get_running_loop().time()))


async def is_rung(bell: asyncio.Event, seconds: float) -> bool:
    """Wait for a bell, no longer than until the next of every so many seconds; say which it was."""
    if bell.is_set():
        return True
    try:
        async with asyncio.timeout(until_next(seconds, asyncio.get_running_loop().time())):
            await bell.wait()
    except TimeoutError:
        return False
    return True
