"""Loops of a process wake at the same moments, however long they sleep."""

import asyncio

import pytest

from workers.pulse import is_rung, until_next

MOMENTS = [0.0, 1234.5, 98765.432, 5_000_000.001]


@pytest.mark.parametrize("now", MOMENTS)
def test_who_wakes_each_two_seconds_wakes_when_others_do(now: float) -> None:
    later = until_next(2.0, now) - until_next(1.0, now)
    assert later == pytest.approx(0) or later == pytest.approx(1)


@pytest.mark.parametrize("now", MOMENTS)
def test_who_has_just_woken_sleeps_a_whole_second(now: float) -> None:
    assert until_next(1.0, now + until_next(1.0, now)) == pytest.approx(1)


@pytest.mark.parametrize("now", MOMENTS)
def test_whose_work_took_a_while_sleeps_what_is_left(now: float) -> None:
    woken = now + until_next(1.0, now)
    assert until_next(1.0, woken + 0.3) == pytest.approx(0.7)


async def test_a_bell_is_heard_before_the_pulse() -> None:
    bell = asyncio.Event()
    asyncio.get_running_loop().call_soon(bell.set)
    assert await is_rung(bell, 3600.0)


async def test_a_bell_that_hangs_still_ends_with_the_pulse() -> None:
    assert not await is_rung(asyncio.Event(), 0.01)
