"""Judges requests that got no response in time: whether the peer left them, or never got them."""

from enum import Enum, auto

from smsc.smpp.timers import TimerSettings


class Verdict(Enum):
    """What to do about a request whose deadline has come."""

    ASK = auto()  # whether the way is open, by an enquire_link
    WAIT = auto()  # for the answer to that
    ARRIVED = auto()  # and got no response: it is in doubt
    LEFT = auto()  # as our question: the peer had its time


class Lateness:
    """What is known of a session's way to the peer. Requests are known by their deadlines.

    A request has arrived if something that was written no sooner is answered: octets keep their
    order. Until then it isn't given up, though the peer be heard: whoever submits again what a dead
    way holds back would fill it with one window after the other. If nothing is heard at all, the
    session's timers end it. All times are seconds of one monotonic clock.
    """

    __slots__ = ("_asked_at", "_enquired_at", "_enquiry_seconds", "arrived", "response_seconds")

    def __init__(self, settings: TimerSettings) -> None:
        self.response_seconds = settings.response.total_seconds()
        self._enquiry_seconds = settings.enquire_link_response.total_seconds()
        self._enquired_at = 0.0
        self._asked_at: float | None = None
        self.arrived = 0.0  # the latest deadline of what is known to have arrived

    @property
    def is_asking(self) -> bool:
        """Whether something late waits for a verdict."""
        return self._asked_at is not None

    def answered(self, deadline: float) -> None:
        """Note that a request of this deadline was answered."""
        self.arrived = max(self.arrived, deadline)

    def enquired(self, now: float) -> None:
        """Note that an enquire_link is written."""
        self._enquired_at = now

    def enquiry_answered(self) -> None:
        """Note that the last enquire_link was answered."""
        self.answered(self._enquired_at + self.response_seconds)

    def judge(self, deadline: float, now: float) -> Verdict:
        """Judge the oldest request that is late."""
        if deadline <= self.arrived:
            self._asked_at = None
            return Verdict.ARRIVED
        if self._asked_at is None:
            self._asked_at = now
            return Verdict.ASK
        if now < self._asked_at + self._enquiry_seconds:
            return Verdict.WAIT
        self._asked_at = None
        return Verdict.LEFT

    def in_time(self) -> None:
        """Note that nothing is late."""
        self._asked_at = None

    def judged_at(self, deadline: float) -> float:
        """Return when there is something to judge of the oldest request."""
        if self._asked_at is None or deadline <= self.arrived:
            return deadline
        return max(deadline, self._asked_at + self._enquiry_seconds)
