from collections.abc import Callable

import pytest

from smsc.doctor.pace import Burst, RateSearch, WindowSearch


def window_of(remote: Callable[[int], Burst], texts: int) -> WindowSearch:
    search = WindowSearch(texts)
    while (size := search.size) is not None:
        search.note(remote(size))
    return search


@pytest.mark.parametrize(("limit", "usable"), [(1, 1), (3, 3), (4, 4), (5, 5)])
def test_a_window_ends_where_the_remote_refuses(limit: int, usable: int) -> None:
    def remote(size: int) -> Burst:
        accepted = min(size, limit)
        return Burst(accepted, size - accepted, 0, 0.1)

    assert window_of(remote, 100).usable == usable


def test_a_window_ends_where_more_no_longer_pays() -> None:
    def remote(size: int) -> Burst:
        return Burst(size, 0, 0, max(0.1, size * 0.05))

    search = window_of(remote, 100)
    assert search.usable == 2
    assert "no faster" in search.why


def test_no_more_texts_are_sent_than_allowed() -> None:
    sent = 0

    def remote(size: int) -> Burst:
        nonlocal sent
        sent += size
        return Burst(size, 0, 0, 0.1)

    search = window_of(remote, 10)
    assert sent == 7
    assert (search.usable, search.why) == (4, "")


class Bucket:
    """A remote that takes `rate` texts a second, and time as a burst spends it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def take(self, count: int, pace: float | None) -> Burst:
        seconds = 0.01 if pace is None else (count - 1) / pace
        room = int(self.rate * max(1.0, seconds) + 1e-9)
        accepted = min(count, room)
        return Burst(accepted, count - accepted, 0, seconds)


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_a_rate_below_the_remote_s_limit_is_found(rate: float) -> None:
    search, bucket, sent = RateSearch(60), Bucket(rate), 0
    while not search.is_over:
        burst = bucket.take(search.round, search.rate)
        sent += burst.sent
        search.note(burst)
    assert sent <= 60
    assert search.suggestion is not None
    assert rate * 0.5 <= search.suggestion <= rate


def test_a_remote_without_a_limit_suggests_none() -> None:
    search = RateSearch(20)
    search.note(Burst(search.round, 0, 0, 0.5))
    assert search.is_over
    assert search.suggestion is None
    assert search.taken == 10
