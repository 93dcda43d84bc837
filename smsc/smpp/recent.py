"""Counts what came of late, so that a change of pace is soon a change of the figure."""

from typing import Final

_SPAN_SECONDS: Final = 1.0
_SPAN_COUNT: Final = 20  # of fewer, none says how many come in a second


class RecentCount:
    """The present span and the one before it. All times are seconds of one monotonic clock."""

    __slots__ = ("_began", "_count", "_count_before", "_since")

    def __init__(self) -> None:
        self.restart(0.0)

    def restart(self, now: float) -> None:
        """Count from here."""
        self._since = self._began = now
        self._count = self._count_before = 0

    def add(self, count: int, now: float) -> None:
        """Count so many more."""
        if self._count >= _SPAN_COUNT and now - self._began >= _SPAN_SECONDS:
            self._since, self._count_before = self._began, self._count
            self._began, self._count = now, 0
        self._count += count

    @property
    def count(self) -> int:
        """How many came in both spans."""
        return self._count + self._count_before

    def seconds(self, now: float) -> float:
        """Return how long both have lasted."""
        return now - self._since
