"""What is dear to count is counted once, and never waited for while an older count will do."""

import asyncio

from api.dashboard.remembered import Remembered


class Counter:
    def __init__(self) -> None:
        self.times = 0
        self.now = 0.0
        self.remembered: Remembered[int] = Remembered(
            fresh_seconds=10, stale_seconds=100, clock=lambda: self.now
        )

    async def ask(self) -> int:
        return await self.remembered.get("key", self._count)

    async def _count(self) -> int:
        self.times += 1
        await asyncio.sleep(0)
        return self.times


async def test_those_who_ask_at_once_share_one_count() -> None:
    counter = Counter()
    assert await asyncio.gather(*(counter.ask() for _ in range(5))) == [1] * 5


async def test_a_fresh_count_is_given_again() -> None:
    counter = Counter()
    await counter.ask()
    counter.now = 9
    assert await counter.ask() == 1
    assert counter.times == 1


async def test_a_stale_count_is_given_at_once_and_counted_anew_behind_it() -> None:
    counter = Counter()
    await counter.ask()
    counter.now = 11
    assert await counter.ask() == 1
    while counter.times < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await counter.ask() == 2


async def test_a_count_that_is_too_old_is_waited_for() -> None:
    counter = Counter()
    await counter.ask()
    counter.now = 101
    assert await counter.ask() == 2
