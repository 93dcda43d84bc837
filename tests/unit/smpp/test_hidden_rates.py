"""Binds against peers whose rate nobody told us, over hours of a clock that nobody waits for."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from smsc.smpp.throttle import Throttle


class Limit(Protocol):
    """How a peer counts."""

    def takes(self, now: float) -> bool:
        """Say whether it accepts a segment now."""


class Bucket:
    """A token bucket that holds a second's worth."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = self._tokens = max(1.0, rate)
        self._at = 0.0

    def takes(self, now: float) -> bool:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True


class SlidingSecond:
    """So many in any second (at 0.1/s: one in any ten)."""

    def __init__(self, rate: float) -> None:
        self._most = max(1, int(rate))
        self._period = self._most / rate
        self._accepted: deque[float] = deque()

    def takes(self, now: float) -> bool:
        while self._accepted and self._accepted[0] <= now - self._period:
            self._accepted.popleft()
        if len(self._accepted) >= self._most:
            return False
        self._accepted.append(now)
        return True


class WholeSeconds:
    """So many in each second of its own clock."""

    def __init__(self, rate: float) -> None:
        self._most = max(1, int(rate))
        self._period = self._most / rate
        self._second, self._count = -1, 0

    def takes(self, now: float) -> bool:
        second = int(now / self._period)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= self._most


@dataclass
class Run:
    """A bind with more to send than may go: what was taken and refused, and when."""

    throttle: Throttle
    limit: Limit
    window: int
    round_trip: float
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def until(self, end: float) -> None:
        now = 0.0
        in_flight: deque[tuple[float, float, bool]] = deque()
        while now < end:
            while in_flight and in_flight[0][0] <= now:
                _, sent_at, taken = in_flight.popleft()
                if taken:
                    self.throttle.accepted(now)
                else:
                    self.throttle.throttled(now, sent_at)
            most = self.throttle.most_in_flight
            window = self.window if most is None else min(self.window, most)
            places = max(0, window - len(in_flight))
            allowed = self.throttle.available(now)
            count = places if allowed is None else min(places, allowed)
            if count:
                self.throttle.take(count, now)
            for _ in range(count):
                taken = self.limit.takes(now)
                (self.accepted if taken else self.refused).append(now)
                in_flight.append((now + self.round_trip, now, taken))
            wakes = [in_flight[0][0]] if in_flight else []
            if places > count:
                wakes.append(self.throttle.next_at(now))
            now = max(min(wakes), now + 1e-6)


@pytest.mark.parametrize("limit", [Bucket, SlidingSecond, WholeSeconds])
@pytest.mark.parametrize("rate", [0.1, 0.5, 2, 7.5, 30, 100])
@pytest.mark.parametrize("believed", [None, 10], ids=["unlimited", "ten times it"])
def test_a_hidden_rate_is_used_to_19_in_20_and_refused_once_in_100(
    limit: Callable[[float], Limit], rate: float, believed: float | None
) -> None:
    throttle = Throttle(None if believed is None else believed * rate)
    run = Run(throttle, limit(rate), window=10, round_trip=0.05)
    settled, end = max(60.0, 60 / rate), max(400.0, 1000 / rate)
    run.until(end)
    accepted = sum(at >= settled for at in run.accepted)
    refused = sum(at >= settled for at in run.refused)
    assert accepted >= 0.95 * rate * (end - settled)
    assert refused <= 0.01 * (accepted + refused)


@pytest.mark.parametrize("limit", [Bucket, SlidingSecond, WholeSeconds])
@pytest.mark.parametrize("rate", [5, 60, 300, 1000])
def test_the_first_contact_is_in_these_figures_too(
    limit: Callable[[float], Limit], rate: float
) -> None:
    run = Run(Throttle(None), limit(rate), window=100, round_trip=0.002)
    seconds = max(2000 / rate, 20)
    run.until(seconds)
    assert len(run.accepted) >= 0.95 * rate * seconds
    assert len(run.refused) <= 0.01 * (len(run.accepted) + len(run.refused))


def test_a_rate_that_is_known_is_used_whole_and_never_refused() -> None:
    run = Run(Throttle(7.5), Bucket(7.5), window=10, round_trip=0.05)
    run.until(400)
    assert len(run.accepted) >= 7.5 * 400
    assert not run.refused


def test_a_limit_that_is_lifted_is_found_within_minutes() -> None:
    throttle = Throttle(None)
    run = Run(throttle, SlidingSecond(10), window=10, round_trip=0.05)
    run.until(120)
    lifted = Run(throttle, SlidingSecond(40), window=10, round_trip=0.05)
    throttle._decreased_at -= 120  # the second run's clock begins anew
    throttle._next_at -= 120
    lifted.until(120)
    assert sum(at >= 60 for at in lifted.accepted) >= 0.95 * 40 * 60
