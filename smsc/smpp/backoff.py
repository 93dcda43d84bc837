"""Decides how long to wait before the next try to bind."""

from collections.abc import Callable
from datetime import timedelta

from smsc.smpp.pdu import CommandStatus

# The peer knows us and says no: trying often looks like an attack, and locks accounts out.
REFUSED_CREDENTIALS = frozenset(
    {
        CommandStatus.ESME_RINVPASWD,
        CommandStatus.ESME_RINVSYSID,
        CommandStatus.ESME_RINVSYSTYP,
        CommandStatus.ESME_RBINDFAIL,
        CommandStatus.ESME_RPROHIBITED,
    }
)
_QUICK_REFUSALS = 5  # after them at most one try a minute
_REFUSED_SECONDS = 60.0
PROVEN_SECONDS = 60.0  # a session that lived as long was a good one


class Backoff:
    """Delays that double from `first` to `longest`, jittered so that many binds spread.

    `uniform` draws from [a, b]. Jitter only lengthens, by up to a quarter, so that the floors hold.
    """

    __slots__ = ("_failures", "_first", "_longest", "_refusals", "_uniform")

    def __init__(
        self,
        uniform: Callable[[float, float], float],
        first: timedelta = timedelta(seconds=1),
        longest: timedelta = timedelta(seconds=60),
    ) -> None:
        self._uniform = uniform
        self._first = first.total_seconds()
        self._longest = longest.total_seconds()
        self._failures = 0
        self._refusals = 0

    @property
    def is_welcome(self) -> bool:
        """Whether the peer has not just refused our name or password."""
        return self._refusals == 0

    def failed(self) -> float:
        """Return the seconds to wait after no connection, no answer or a temporary refusal."""
        self._failures += 1
        return self._jittered(self._grown(self._failures))

    def refused(self, command_status: int) -> float:
        """Return the seconds to wait after a bind_resp with this status."""
        if command_status not in REFUSED_CREDENTIALS:
            return self.failed()
        self._refusals += 1
        seconds = self._grown(self._refusals)
        if self._refusals >= _QUICK_REFUSALS:
            seconds = max(seconds, _REFUSED_SECONDS)
        return self._jittered(seconds)

    def lost(self, bound_seconds: float) -> float:
        """Return the seconds to wait after a session that was bound for so long.

        A peer that closes after each bind is a failing one, however well it binds.
        """
        self._refusals = 0
        if bound_seconds >= PROVEN_SECONDS:
            self._failures = 0
        return self.failed()

    def _grown(self, count: int) -> float:
        return min(self._longest, self._first * 2.0 ** min(count - 1, 30))

    def _jittered(self, seconds: float) -> float:
        return seconds * self._uniform(1.0, 1.25)
