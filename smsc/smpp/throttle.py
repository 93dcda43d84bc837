"""Paces a bind in segments a second, and backs off when its peer says that it is too fast."""

import math

# How late a send may be and still be made up for. Without it every late wake-up would cost rate;
# with it at most 50 ms worth of segments leave together. Under 1/s nothing is made up for, so
# that two segments are never nearer than 1/rate.
_CATCH_UP_SECONDS = 0.05
_ROUNDING = 1e-9  # of a segment, so that 0.1 + 0.2 is on time

_DECREASE = 0.9  # the peer's limit is near: step back below it
_STEEP_DECREASE = 0.5  # throttled again at once: far above the limit
_HOLD_SECONDS = 1.0  # refusals of one burst count once
_STEEP_WITHIN_SECONDS = 3.0
_RECOVERY_PER_SECOND = 0.1  # of the rate at which we were throttled, while well below it
_PROBING_PER_SECOND = 0.01  # of it, when near it or above
_NEAR = 0.9
_SLOWEST = 0.1  # segments a second: backed off at the most

_QUEUE_FULL_FIRST_SECONDS = 1.0
_QUEUE_FULL_LONGEST_SECONDS = 30.0


class Throttle:
    """A token bucket of segments; `rate` None is unlimited until the peer throttles.

    `throttled` is `ESME_RTHROTTLED`: the rate is cut (multiplicative decrease) and grows back
    by and by (additive increase), fast while it is well below the rate that was refused, slowly
    near it; never above `rate`. `queue_full` is `ESME_RMSGQFUL`: the peer has a problem that no
    rate mends, so sending pauses, twice as long each time, until a response shows that it is
    over. All times are seconds of one monotonic clock.
    """

    __slots__ = (
        "_backed_off",
        "_decreased_at",
        "_grown_at",
        "_next_at",
        "_pause",
        "_paused_until",
        "_refused_rate",
        "_taken",
        "_taken_before",
        "_taken_since",
        "rate",
    )

    def __init__(self, rate: float | None) -> None:
        if rate is not None and rate <= 0:
            raise ValueError(f"a rate of {rate} a second sends nothing")
        self.rate = rate
        self._next_at = -math.inf  # when the next segment is due at the full pace
        self._backed_off: float | None = None  # the cut rate; None: not backed off
        self._refused_rate = 0.0
        self._decreased_at = -math.inf
        self._grown_at = -math.inf
        self._paused_until = -math.inf
        self._pause = 0.0
        self._taken = 0  # in the present second, for the rate of an unlimited bind
        self._taken_before = 0
        self._taken_since = -math.inf

    def current_rate(self, now: float) -> float | None:
        """Return the segments a second that are allowed now; None is unlimited."""
        if self._backed_off is None:
            return self.rate
        share = (
            _RECOVERY_PER_SECOND
            if self._backed_off < self._refused_rate * _NEAR
            else _PROBING_PER_SECOND
        )
        self._backed_off += self._refused_rate * share * max(0.0, now - self._grown_at)
        self._grown_at = now
        # An unlimited bind is free again at twice what was once refused.
        ceiling = self._refused_rate * 2 if self.rate is None else self.rate
        if self._backed_off >= ceiling:
            self._backed_off = None
            return self.rate
        return self._backed_off

    def available(self, now: float) -> int | None:
        """Return how many segments may be sent now; None is any number."""
        if now < self._paused_until:
            return 0
        rate = self.current_rate(now)
        if rate is None:
            return None
        catch_up = _catch_up(rate)
        ready = (now + catch_up - max(self._next_at, now)) * rate + _ROUNDING
        return 0 if ready < 0 else math.floor(ready) + 1

    def take(self, segments: int, now: float) -> None:
        """Note that `segments` are sent now."""
        rate = self.current_rate(now)
        if rate is not None:
            self._next_at = max(self._next_at, now) + segments / rate
        if now - self._taken_since >= 1.0:
            adjacent = now - self._taken_since < 2.0
            self._taken_before = self._taken if adjacent else 0
            self._taken = 0
            self._taken_since = now
        self._taken += segments

    def next_at(self, now: float, segments: int = 1) -> float:
        """Return when `segments` (capped at what the pace ever gives at once) may be sent."""
        rate = self.current_rate(now)
        if rate is None:
            return max(now, self._paused_until)
        catch_up = _catch_up(rate)
        more = min(segments - 1, math.floor(catch_up * rate + _ROUNDING))
        return max(now, self._paused_until, self._next_at - catch_up + more / rate)

    def throttled(self, now: float) -> None:
        """Note an `ESME_RTHROTTLED` that was read now."""
        if now - self._decreased_at < _HOLD_SECONDS:
            return
        rate = self.current_rate(now)
        if rate is None:
            rate = max(1.0, self._taken, self._taken_before)
        steep = now - self._decreased_at < _STEEP_WITHIN_SECONDS
        self._refused_rate = rate
        self._backed_off = max(_SLOWEST, rate * (_STEEP_DECREASE if steep else _DECREASE))
        if self.rate is not None:
            self._backed_off = min(self._backed_off, self.rate)
        self._decreased_at = self._grown_at = now
        self._next_at = max(self._next_at, now + 1 / self._backed_off)

    def queue_full(self, now: float) -> None:
        """Note an `ESME_RMSGQFUL` that was read now."""
        if now < self._paused_until:
            return
        longer = max(_QUEUE_FULL_FIRST_SECONDS, self._pause * 2)
        self._pause = min(longer, _QUEUE_FULL_LONGEST_SECONDS)
        self._paused_until = now + self._pause

    def accepted(self, now: float) -> None:
        """Note that the peer accepted a segment: its queue has room again.

        Responses to what was written before the pause say nothing about its end.
        """
        if now >= self._paused_until:
            self._pause = 0.0


def _catch_up(rate: float) -> float:
    return _CATCH_UP_SECONDS if rate >= 1 else 0.0
