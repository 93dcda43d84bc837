"""What a peer may ask of us in a second."""

import math


class TokenBucket:
    """A second's worth at once, then `rate` a second; a rate of None grants everything.

    All times are seconds of one monotonic clock.
    """

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._tokens = self._most
        self._at = -math.inf

    @property
    def _most(self) -> float:
        # Slower than one a second, one must fit all the same.
        return math.inf if self._rate is None else max(1.0, self._rate)

    def set_rate(self, rate: float | None) -> None:
        """Let another rate hold from now on."""
        if rate != self._rate:
            self._rate = rate
            self._tokens = min(self._tokens, self._most)

    def take(self, count: int, now: float) -> int:
        """Take up to `count`; return how many were there."""
        if self._rate is None:
            return count
        since = max(0.0, now - self._at)
        self._tokens = min(self._most, self._tokens + since * self._rate)
        self._at = now
        granted = min(count, math.floor(self._tokens))
        self._tokens -= granted
        return granted
