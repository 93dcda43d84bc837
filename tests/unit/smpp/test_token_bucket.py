"""What an ESME may submit in a second."""

import pytest

from smsc.smpp.token_bucket import TokenBucket


def test_a_second_s_worth_is_granted_at_once_and_no_more() -> None:
    bucket = TokenBucket(10)
    assert bucket.take(25, now=0) == 10
    assert bucket.take(25, now=0) == 0
    assert bucket.take(25, now=0.5) == 5


def test_a_pause_saves_up_one_second_only() -> None:
    bucket = TokenBucket(10)
    bucket.take(10, now=0)
    assert bucket.take(100, now=3600) == 10


@pytest.mark.parametrize("rate", [0.5, 3, 33.3])
def test_over_a_minute_it_grants_the_rate(rate: float) -> None:
    bucket = TokenBucket(rate)
    granted = sum(bucket.take(100, now=tick / 10) for tick in range(601))
    assert granted == pytest.approx(rate * 60 + max(1, rate), abs=2)


def test_without_a_rate_everything_is_granted() -> None:
    assert TokenBucket(None).take(10_000, now=0) == 10_000


def test_a_clock_that_stands_grants_nothing_new() -> None:
    bucket = TokenBucket(1)
    assert [bucket.take(1, now=5) for _ in range(3)] == [1, 0, 0]


def test_another_rate_holds_from_now_on() -> None:
    bucket = TokenBucket(100)
    bucket.set_rate(2)
    assert bucket.take(100, now=0) == 2
    bucket.set_rate(None)
    assert bucket.take(100, now=0) == 100
    bucket.set_rate(2)
    assert bucket.take(100, now=10) == 2
