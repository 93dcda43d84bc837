"""Decides from the time alone when a session asks after its peer and when it gives up."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSettings:
    """How patient a session is.

    Source: SMPP 3.4 §7.2.
    """

    session_init: timedelta = timedelta(seconds=10)  # from the connection to the bind's answer
    enquire_link: timedelta = timedelta(seconds=30)  # of silence before we ask
    enquire_link_response: timedelta = timedelta(seconds=10)  # for any octet after we asked
    response: timedelta = timedelta(seconds=60)  # for a request's answer; then it is in doubt
    inactivity: timedelta | None = None  # without a message either way; None: for ever


class Tick(Enum):
    """What the time demands."""

    IDLE = auto()
    ENQUIRE_LINK = auto()
    DROP_UNBOUND = auto()  # session_init ran out
    DROP_SILENT = auto()  # the peer no longer answers
    DROP_INACTIVE = auto()  # the inactivity timer ran out: unbind


class SessionTimers:
    """The timers of one session. All times are seconds of one monotonic clock."""

    __slots__ = (
        "_asked_at",
        "_bound",
        "_enquire_link",
        "_enquire_link_response",
        "_inactivity",
        "_last_heard",
        "_last_message",
        "_opened_at",
        "_session_init",
        "checked_at",
    )

    def __init__(self, settings: TimerSettings, now: float) -> None:
        self._session_init = settings.session_init.total_seconds()
        self._enquire_link = settings.enquire_link.total_seconds()
        self._enquire_link_response = settings.enquire_link_response.total_seconds()
        self._inactivity = (
            None if settings.inactivity is None else settings.inactivity.total_seconds()
        )
        self._opened_at = now
        self._last_heard = now
        self._last_message = now
        self._asked_at: float | None = None
        self._bound = False
        self.checked_at: float | None = None  # when an enquire_link of ours was last answered

    def opened(self, now: float) -> None:
        """Note that the connection stands; session_init counts from here."""
        self._opened_at = self._last_heard = now

    def bound(self, now: float) -> None:
        """Note that the bind was accepted: session_init no longer counts, the others do."""
        self._bound = True
        self._last_heard = self._last_message = now

    def heard(self, now: float) -> bool:
        """Note that PDUs came: whatever they say, the peer is alive.

        Say whether that answers an enquire_link, so that `next_at` is another now.
        """
        answered = self._asked_at is not None
        self._last_heard = now
        self._asked_at = None
        if answered:
            self.checked_at = now
        return answered

    @property
    def heard_at(self) -> float:
        """When the last PDU of the peer came."""
        return self._last_heard

    def ask(self, now: float) -> bool:
        """Note that an enquire_link is to be sent before its time; say whether none is out yet."""
        if self._asked_at is not None:
            return False
        self._asked_at = now
        return True

    def message(self, now: float) -> None:
        """Note that a message operation was read or written."""
        self._last_message = now

    def tick(self, now: float) -> Tick:
        """Say what to do now. `ENQUIRE_LINK` is said once a silence."""
        if not self._bound:
            return Tick.DROP_UNBOUND if now >= self.next_at() else Tick.IDLE
        if self._inactivity is not None and now >= self._last_message + self._inactivity:
            return Tick.DROP_INACTIVE
        if self._asked_at is not None:
            overdue = now >= self._asked_at + self._enquire_link_response
            return Tick.DROP_SILENT if overdue else Tick.IDLE
        if now >= self._last_heard + self._enquire_link:
            self._asked_at = now
            return Tick.ENQUIRE_LINK
        return Tick.IDLE

    def next_at(self) -> float:
        """Return when `tick` may next have something to say."""
        if not self._bound:
            return self._opened_at + self._session_init
        if self._asked_at is None:
            at = self._last_heard + self._enquire_link
        else:
            at = self._asked_at + self._enquire_link_response
        return at if self._inactivity is None else min(at, self._last_message + self._inactivity)
