"""Group commit: batches without a timer, and rows that fall out alone."""

import asyncio
from collections.abc import Sequence

import asyncpg

from smsc.errors import BadParameter, ServiceUnavailable
from smsc.messaging.accept.group_commit import GroupCommit


class Table:
    """Takes batches, each as slowly as `open` says; refuses negative numbers, or all."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False

    async def write(self, batch: Sequence[int]) -> None:
        await self.open.wait()
        if self.away:
            raise asyncpg.CannotConnectNowError("starting up")
        if min(batch) < 0:
            raise asyncpg.CheckViolationError("negative")
        self.batches.append(list(batch))


async def test_alone_nobody_is_waited_for() -> None:
    table = Table()
    await GroupCommit(table.write).add(1)
    assert table.batches == [[1]]


async def test_what_gathers_during_a_commit_is_the_next_batch() -> None:
    table = Table()
    commits = GroupCommit(table.write)
    table.open.clear()
    first = commits.offer(0)
    await asyncio.sleep(0)
    others = [commits.offer(number) for number in range(1, 6)]
    assert commits.depth == 5
    table.open.set()
    await asyncio.gather(first, *others)
    assert table.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_batch_has_a_largest_size() -> None:
    table = Table()
    commits = GroupCommit(table.write, most=2)
    for number in range(5):
        commits.offer(number)
    await commits.drain()
    assert table.batches == [[0, 1], [2, 3], [4]]


async def test_a_bad_row_falls_out_alone() -> None:
    table = Table()
    commits = GroupCommit(table.write)
    committed = [commits.offer(number) for number in (1, -2, 3)]
    results = await asyncio.gather(*committed, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), BadParameter, type(None)]
    assert table.batches == [[1], [3]]


async def test_without_the_database_everyone_is_told_to_come_again() -> None:
    table = Table()
    table.away = True
    commits = GroupCommit(table.write)
    results = await asyncio.gather(
        *(commits.add(number) for number in range(3)), return_exceptions=True
    )
    assert {type(result) for result in results} == {ServiceUnavailable}
    table.away = False
    await commits.add(7)
    assert table.batches == [[7]]


async def test_a_caller_that_went_away_stops_nobody() -> None:
    table = Table()
    commits = GroupCommit(table.write)
    table.open.clear()
    gone, here = commits.offer(1), commits.offer(2)
    gone.cancel()
    table.open.set()
    await here
    assert table.batches == [[1, 2]]


async def test_drain_waits_for_all() -> None:
    table = Table()
    commits = GroupCommit(table.write)
    table.open.clear()
    for number in range(10):
        commits.offer(number)
    draining = asyncio.create_task(commits.drain())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not draining.done()
    table.open.set()
    await draining
    assert sum(map(len, table.batches)) == 10


async def test_under_load_the_next_batch_waits_for_the_pace() -> None:
    table = Table()
    commits = GroupCommit(table.write, pace_seconds=3600)
    await asyncio.gather(commits.offer(1), commits.offer(2))
    commits.offer(3)
    for _ in range(10):
        await asyncio.sleep(0)
    assert table.batches == [[1, 2]]
    assert commits.depth == 1


async def test_with_a_pace_too_who_is_alone_is_written_at_once() -> None:
    table = Table()
    commits = GroupCommit(table.write, pace_seconds=3600)
    await commits.add(1)
    await commits.add(2)
    assert table.batches == [[1], [2]]
