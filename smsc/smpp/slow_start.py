"""Feels for the rate of a peer that has told none: from a slow pace, faster with each answer."""

import math
from typing import Final

_FIRST_PACE: Final = 200.0  # segments a second: four in each 20 ms, and few refused if it is less
# Segments a second, for each that is accepted at the full pace: ten times as fast in 0.6 s.
_FASTER: Final = 4.0
_FREE: Final = 5000.0  # segments a second: a peer that takes as many has no rate that we would meet
# What is on its way when the first is refused is refused, too: on a long way that is a window.
_FIRST_WINDOW: Final = 10
_WIDER: Final = 0.25  # of a segment, for each that is accepted: a window of 100 after 360
# Between the least and the most that the answers allow, see `measured`.
_CAUTION: Final = 0.3
_FEW_TAKEN: Final = 5  # of which nothing can be measured: it may have had a bad moment
_SLOWEST: Final = 0.5  # segments a second, after a refusal at the very first


class SlowStart:
    """The pace of a bind without a known rate. All times are seconds of one monotonic clock.

    Only what was accepted at the full pace makes it faster: a bind that trickles for a day has
    shown nothing of what its peer takes in a rush.
    """

    __slots__ = ("_accepted", "_before", "_in_second", "_pace", "_second_began")

    def __init__(self) -> None:
        self._pace = _FIRST_PACE
        self._accepted = 0
        self._in_second = 0  # accepted in the present second, and in the one before it
        self._before = 0
        self._second_began = -math.inf

    @property
    def pace(self) -> float | None:
        """The segments a second that may be tried; None: any number."""
        return self._pace if self._pace < _FREE else None

    @property
    def most_in_flight(self) -> int | None:
        """How many may be unanswered; None: as many as the window holds."""
        if self._pace >= _FREE:
            return None
        return _FIRST_WINDOW + int(self._accepted * _WIDER)

    def resume(self, pace: float) -> None:
        """Go on from here: a limit that was met is gone."""
        self._pace = pace

    def accepted(self, now: float, segments: int, *, at_full_pace: bool) -> None:
        """Note what the peer has accepted."""
        if now - self._second_began >= 1.0:
            self._before = self._in_second if now - self._second_began < 2.0 else 0
            self._in_second = 0
            self._second_began = now
        self._in_second += segments
        self._accepted += segments
        if at_full_pace:
            self._pace += _FASTER * segments

    def measured(self, now: float) -> tuple[float, float]:
        """Return a likely rate of a peer that refuses now, and one that is surely too fast.

        It has taken so much in so many seconds. If it allows a second's worth at once on top, its
        rate is the least that fits; if it counts by the second, nearly the most.
        """
        age = now - self._second_began
        taken = self._in_second + self._before if age < 2.0 else 0
        if taken < _FEW_TAKEN:
            return max(float(taken), _SLOWEST), self._pace
        seconds = age + (1.0 if self._before else 0.0)
        least, most = taken / (1.0 + seconds), taken / max(1.0, seconds)
        return least + _CAUTION * (most - least), float(taken)
