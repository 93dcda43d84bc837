"""Paces a bind in segments a second, and backs off when its peer says that it is too fast."""

import math

from smsc.smpp.recent import RecentCount
from smsc.smpp.slow_start import SlowStart

# How late a send may be and still be made up for. Without it every late wake-up would cost rate;
# with it at most 50 ms worth of segments leave together. Under 1/s nothing is made up for, so
# that two segments are never nearer than 1/rate.
_CATCH_UP_SECONDS = 0.05
_ROUNDING = 1e-9  # of a segment, so that 0.1 + 0.2 is on time

_DECREASE = 0.93  # the peer's limit is near: step back below it
_STEEP_DECREASE = 0.5  # it takes next to nothing: far above the limit
_FEW_ACCEPTED = 5  # since the last decrease: too few to measure the limit by them
_BELOW_MEASURED = 0.96  # of what it took of late
_FARTHEST_DECREASE = 0.1  # even if so little was measured
# Peers count by the second: once a second's worth is used up, refusals tell no rate. We ask again
# a few times in that second, not more often.
_SAME_SECOND = 1.0
_ASK_AGAIN_SECONDS = 0.25
_SLOWEST = 1 / 60  # segments a second: backed off at the most

# The way back, in shares of the rate that was refused. Both the time and the segments have to
# allow it: a probe costs a refusal or two, so that it must be worth some hundred segments.
_NEAR = 0.97  # up to here fast, from here slowly
_BEYOND = 1.03  # from here fast again: the limit has moved
_RECOVERY_PER_SECOND = 0.1
_PROBING_PER_SECOND = 0.005
_RECOVERY_PER_SEGMENT = 0.02
_PROBING_PER_SEGMENT = 0.0001

# A wake-up so late leaves a full pace a full one.
_LATE_SECONDS = 0.02

_QUEUE_FULL_FIRST_SECONDS = 1.0
_QUEUE_FULL_LONGEST_SECONDS = 30.0


class Throttle:
    """A token bucket of segments; where `rate` is None, a slow start and then no limit.

    `throttled` is `ESME_RTHROTTLED`: the rate is cut (multiplicative decrease) and grows back
    by and by (additive increase), fast while it is well below the rate that was refused, slowly
    near it; never above `rate`. `queue_full` is `ESME_RMSGQFUL`: the peer has a problem that no
    rate mends, so sending pauses, twice as long each time, until a response shows that it is
    over. All times are seconds of one monotonic clock.
    """

    __slots__ = (
        "_accepted",
        "_at_full_pace",
        "_backed_off",
        "_decreased_at",
        "_next_at",
        "_pause",
        "_paused_until",
        "_refused_rate",
        "_sent",
        "_slow_start",
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
        self._sent = 0  # since then
        self._accepted = RecentCount()  # since then
        self._paused_until = -math.inf
        self._pause = 0.0
        self._slow_start = SlowStart() if rate is None else None
        self._at_full_pace = False  # the last was sent as soon as the pace let it

    def current_rate(self, now: float) -> float | None:
        """Return the segments a second that are allowed now; None is unlimited."""
        if self._backed_off is None:
            return self.rate if self._slow_start is None else self._slow_start.pace
        seconds = max(0.0, now - self._decreased_at)
        rate = min(
            self._grown(seconds, _RECOVERY_PER_SECOND, _PROBING_PER_SECOND),
            self._grown(self._sent, _RECOVERY_PER_SEGMENT, _PROBING_PER_SEGMENT),
        )
        # A bind without a rate feels its way on from twice what was once refused.
        ceiling = self._refused_rate * 2 if self.rate is None else self.rate
        if rate < ceiling:
            return rate
        self._backed_off = None
        if self._slow_start is None:
            return self.rate
        self._slow_start.resume(rate)
        return self._slow_start.pace

    @property
    def is_backed_off(self) -> bool:
        """Whether the peer refused the pace of late: it was cut, and grows back."""
        return self._backed_off is not None

    def paused_seconds(self, now: float) -> float:
        """Return for how many more seconds nothing is sent because the peer's queue was full."""
        return max(0.0, self._paused_until - now)

    @property
    def most_in_flight(self) -> int | None:
        """How many segments of a bind may be unanswered; None: its window says."""
        if self._slow_start is None or self._backed_off is not None:
            return None
        return self._slow_start.most_in_flight

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
            unused = now + _catch_up(rate) - self._next_at
            self._at_full_pace = unused < max(1 / rate, _LATE_SECONDS)
        self._sent += segments

    def next_at(self, now: float, segments: int = 1) -> float:
        """Return when `segments` (capped at what the pace ever gives at once) may be sent."""
        rate = self.current_rate(now)
        if rate is None:
            return max(now, self._paused_until)
        catch_up = _catch_up(rate)
        more = min(segments - 1, math.floor(catch_up * rate + _ROUNDING))
        return max(now, self._paused_until, self._next_at - catch_up + more / rate)

    def throttled(self, now: float, sent_at: float | None = None) -> None:
        """Note an `ESME_RTHROTTLED` that was read now, to a segment that was sent at `sent_at`.

        What was sent before the last decrease says nothing about the rate since.
        """
        if (now if sent_at is None else sent_at) <= self._decreased_at:
            return
        if now - self._decreased_at < _SAME_SECOND:
            self._next_at = max(self._next_at, now + _ASK_AGAIN_SECONDS)
            return
        rate, measured, wait = self._refused_at(now)
        lowered = max(_SLOWEST, min(rate * _DECREASE, measured))
        self._backed_off = lowered if self.rate is None else min(lowered, self.rate)
        self._refused_rate = rate
        self._decreased_at = now
        self._sent = 0
        self._accepted.restart(now)
        self._next_at = max(self._next_at, now + 1 / self._backed_off, now + wait)

    def queue_full(self, now: float) -> None:
        """Note an `ESME_RMSGQFUL` that was read now."""
        if now < self._paused_until:
            return
        longer = max(_QUEUE_FULL_FIRST_SECONDS, self._pause * 2)
        self._pause = min(longer, _QUEUE_FULL_LONGEST_SECONDS)
        self._paused_until = now + self._pause

    def accepted(self, now: float, segments: int = 1) -> None:
        """Note that the peer accepted segments: its queue has room again.

        Responses to what was written before the pause say nothing about its end.
        """
        self._accepted.add(segments, now)
        if self._slow_start is not None and self._backed_off is None:
            self._slow_start.accepted(now, segments, at_full_pace=self._at_full_pace)
        if now >= self._paused_until:
            self._pause = 0.0

    def _refused_at(self, now: float) -> tuple[float, float, float]:
        """Return the rate that is refused, a better one, and how long to send nothing."""
        rate = self.current_rate(now)
        if self._slow_start is not None and self._backed_off is None:
            measured, refused = self._slow_start.measured(now)
            return refused, measured, _ASK_AGAIN_SECONDS
        if rate is None:
            raise ValueError("a bind without a limit has none to lower")
        return rate, self._measured(now, rate), 0.0

    def _measured(self, now: float, rate: float) -> float:
        """Return a rate a little below what the peer took of late."""
        if self._decreased_at == -math.inf:
            return rate  # nothing is measured yet
        if self._accepted.count < _FEW_ACCEPTED:
            return rate * _STEEP_DECREASE
        taken = (self._accepted.count + 1) / self._accepted.seconds(now)
        return max(rate * _FARTHEST_DECREASE, taken * _BELOW_MEASURED)

    def _grown(self, progress: float, recovery: float, probing: float) -> float:
        """Return the rate after so much progress: fast up to near, slowly past it, fast beyond."""
        refused, start = self._refused_rate, self._backed_off or 0.0
        near = max(start, refused * _NEAR)
        beyond = max(near, refused * _BEYOND)
        in_recovery = (near - start) / (refused * recovery)
        if progress <= in_recovery:
            return start + refused * recovery * progress
        in_probing = (beyond - near) / (refused * probing)
        progress -= in_recovery
        if progress <= in_probing:
            return near + refused * probing * progress
        return beyond + refused * recovery * (progress - in_probing)


def _catch_up(rate: float) -> float:
    return _CATCH_UP_SECONDS if rate >= 1 else 0.0
