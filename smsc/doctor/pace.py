"""Decides how many texts to send at once and how fast, to find a remote's limits; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from smsc.smpp.pdu import CommandStatus

SLOW_DOWN: Final = frozenset({CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_RMSGQFUL})
_PAYS: Final = 0.8  # a wider window is worth it if a text takes less than this of before
_BACK_OFF: Final = 0.75
_SAFE: Final = 0.9  # of what was found: a limit is not a pace


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of some texts that were written at once."""

    accepted: int
    slowed: int  # refused as too fast or too many
    lost: int  # refused for another reason, or not answered
    seconds: float

    @classmethod
    def of(cls, count: int, statuses: Sequence[int | None], seconds: float) -> Self:
        """Count the answers' `command_status` to `count` texts; None: there was no answer."""
        accepted = statuses.count(CommandStatus.ESME_ROK)
        slowed = sum(status in SLOW_DOWN for status in statuses)
        return cls(accepted, slowed, count - accepted - slowed, seconds)

    @property
    def sent(self) -> int:
        """How many were written."""
        return self.accepted + self.slowed + self.lost


class WindowSearch:
    """Doubles the window until the remote refuses, or until it no longer pays.

    `usable` is the widest that worked; `why` says what ended the search.
    """

    def __init__(self, most_texts: int) -> None:
        self.usable = 0
        self.why = ""
        self._left = most_texts
        self._next = 1
        self._seconds_a_text: float | None = None

    @property
    def size(self) -> int | None:
        """How many to write at once now; None: the search is over."""
        if self.why:
            return None
        if self._next > self._left:
            return None
        return self._next

    @property
    def verdict(self) -> str:
        """Why it ended."""
        return self.why or "the texts that may be sent are used up"

    def note(self, burst: Burst) -> None:
        """Take what came of it."""
        self._left -= burst.sent
        if burst.slowed:
            self.usable = max(self.usable, burst.accepted)
            self.why = f"of {burst.sent} at once the remote refused {burst.slowed}"
            return
        if burst.lost:
            self.why = f"of {burst.sent} at once {burst.lost} were not accepted"
            return
        each = burst.seconds / burst.sent
        before = self._seconds_a_text
        if before is not None and each > before * _PAYS:
            self.why = f"{burst.sent} at once are no faster than {self.usable}"
            return
        self.usable, self._next, self._seconds_a_text = burst.sent, burst.sent * 2, each


class RateSearch:
    """Sends as fast as it may until refused; then steps down until a second passes unrefused."""

    def __init__(self, most_texts: int) -> None:
        self.left = most_texts
        self.has_begun = False
        self.rate: float | None = None  # what is tried now; None: as fast as answers come
        self.held: float | None = None  # what held after a refusal
        self.taken = 0  # texts in a round of which none was refused
        self.refused_at: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether no text is left, or a round went well."""
        return self.left <= 0 or self.taken > 0

    @property
    def round(self) -> int:
        """How many texts the next round takes."""
        if self.rate is None:
            return max(1, self.left // 2)  # the rest is for a pace that holds
        return min(self.left, max(2, round(self.rate * 1.5)))

    def note(self, burst: Burst) -> None:
        """Take what came of a round."""
        self.has_begun = True
        self.left -= burst.sent
        pace = burst.accepted / max(burst.seconds, 1.0)
        if burst.slowed:
            tried = self.rate if self.rate is not None else pace
            self.refused_at = tried
            self.rate = max(0.1, tried * (_BACK_OFF if self.rate is not None else 1.0))
        elif not burst.lost:
            self.held, self.taken = self.rate, burst.accepted

    @property
    def suggestion(self) -> float | None:
        """A throughput to set; None where the remote set no limit that we reached."""
        if self.refused_at is None or self.rate is None:
            return None
        return round(max(0.1, (self.held or self.rate) * _SAFE), 1)
