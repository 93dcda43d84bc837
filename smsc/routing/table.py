"""A carrier's routes as a pure table: number in, connector out."""

from collections.abc import Iterable
from dataclasses import dataclass

from smsc.sms.text_style import DEFAULT, TextStyle


@dataclass(frozen=True, slots=True)
class Way:
    """A route's connector, with what the accept path and the doorbell must know of it."""

    prefix: str  # digits; empty: all
    priority: int  # the least is tried first
    connector_sid: str
    bound: bool
    owner: str | None  # the process that holds its lease
    epoch: int
    style: TextStyle = DEFAULT  # how it wants text


class RouteTable:
    """Longest prefix wins; within it the least priority number, and a bound connector first."""

    def __init__(self, ways: Iterable[Way]) -> None:
        by_prefix: dict[str, list[Way]] = {}
        for way in ways:
            by_prefix.setdefault(way.prefix, []).append(way)
        self._best = {
            prefix: min(choice, key=lambda way: (not way.bound, way.priority, way.connector_sid))
            for prefix, choice in by_prefix.items()
        }
        self._longest = max(map(len, self._best), default=0)

    def find(self, number: str) -> Way | None:
        """Return the way to an E.164 number, with or without its plus."""
        digits = number.removeprefix("+")
        for length in range(min(self._longest, len(digits)), -1, -1):
            way = self._best.get(digits[:length])
            if way is not None:
                return way
        return None
