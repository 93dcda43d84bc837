"""How fast an account writes to numbers that stand close together; when that is worth a look.

Pure: time comes in, suspects go out. One process counts what it accepts itself; whether a suspect
is guilty is decided by what the database knows, which is what all processes accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

MOST_COUNTED: Final = 50_000  # prefixes of all accounts, some 12 MB


class Scope(Enum):
    """How many numbers a prefix has, and from how many messages on it is looked at."""

    HUNDRED = (2, timedelta(hours=24), 8, 4)  # a block that a pumper owns, walked through
    RANGE = (4, timedelta(hours=1), 16, 8)  # codes that nobody confirms
    NETWORK = (6, timedelta(hours=1), 16, 8)  # the same, spread over an operator's numbers

    def __init__(self, free_digits: int, window: timedelta, first: int, step: int) -> None:
        self.free_digits = free_digits
        self.window = window
        self.seconds = window.total_seconds()
        self.first = first
        self.step = step


@dataclass(frozen=True, slots=True)
class Suspect:
    """Numbers that begin so, to which an account writes fast enough for a look."""

    account_sid: str
    prefix: str  # digits behind the plus
    scope: Scope
    endings: int = 0  # of a hundred: which of its numbers were met here, as bits

    @property
    def numbers(self) -> list[str]:
        """The hundred numbers of a block."""
        return [f"+{self.prefix}{ending:02}" for ending in range(100)]

    def was_met(self, ending: int) -> bool:
        """Say whether this process wrote to that number of a block."""
        return bool(self.endings >> ending & 1)


_OF_CODES: Final = tuple(Scope)
_OF_OTHERS: Final = (Scope.HUNDRED,)


@dataclass(slots=True)
class _Count:
    ends: float
    look_at: int
    messages: int = 0
    endings: int = 0


class Velocity:
    """Counts messages by account and prefix, each over the window of its scope."""

    def __init__(self) -> None:
        # By account and prefix in one text: their lengths tell scopes apart.
        self._counts: dict[str, _Count] = {}

    def note(self, account_sid: str, to: str, now: float, *, is_code: bool) -> Sequence[Suspect]:
        """Count a message to an E.164 number; return what should be looked at before it is sent."""
        suspects: list[Suspect] = []
        for scope in _OF_CODES if is_code else _OF_OTHERS:
            self._count(scope, account_sid, to, now, suspects)
        return suspects

    def _count(
        self, scope: Scope, account_sid: str, to: str, now: float, suspects: list[Suspect]
    ) -> None:
        key = account_sid + to[: -scope.free_digits]
        count = self._counts.get(key)
        if count is None or now >= count.ends:
            if len(self._counts) >= MOST_COUNTED:
                self._forget_oldest()
            self._counts.pop(key, None)  # so that it comes to the end, where the youngest are
            count = self._counts[key] = _Count(now + scope.seconds, scope.first)
        if scope is Scope.HUNDRED:
            count.endings |= 1 << int(to[-2:])
            count.messages = count.endings.bit_count()
        else:
            count.messages += 1
        if count.messages >= count.look_at:
            count.look_at = count.messages + max(scope.step, count.messages // 4)
            suspects.append(Suspect(account_sid, to[1 : -scope.free_digits], scope, count.endings))

    def _forget_oldest(self) -> None:
        for key in list(self._counts)[: MOST_COUNTED // 10]:
            del self._counts[key]
