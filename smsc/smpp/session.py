"""One SMPP session of either role: requests both ways, the link's keep-alive, its end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from smsc.smpp.connection import Connection
from smsc.smpp.farewell import Farewell
from smsc.smpp.intake import Intake
from smsc.smpp.lateness import Lateness, Verdict
from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import (
    RESPONSE_BIT,
    Bind,
    CommandStatus,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    Unbind,
    UnbindResp,
    Unknown,
    encode,
)
from smsc.smpp.refusals import refuse, refuse_request
from smsc.smpp.session_owner import (
    BIND_PDUS,
    MESSAGES,
    REQUESTS,
    RESPONSES,
    Request,
    Response,
    SessionOwner,
    SessionState,
)
from smsc.smpp.timers import SessionTimers, Tick, TimerSettings
from smsc.smpp.window import Window

K = TypeVar("K")
Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Response)


class Session(Generic[K, Q, R]):
    """What happens on one connection from the first octet to the last, timers included.

    `takes` are the requests that the peer may send, `awaits` the responses to ours. A response
    frees its place in the window when it is read. What the peer asks of the link itself is answered
    here, in the same write; an unbind once it has answered what is in flight, or after `farewell`.
    """

    def __init__(
        self,
        owner: SessionOwner[K, Q, R],
        *,
        takes: tuple[type[Q], ...],
        awaits: tuple[type[R], ...],
        window: int,
        timers: TimerSettings,
        clock: Callable[[], float],
        octets_before_bind: int | None = None,
        most_owed: int = 1000,
        farewell: timedelta = timedelta(0),
        misdeeds: Counter[Misdeed] | None = None,
    ) -> None:
        self.misdeeds: Counter[Misdeed] = Counter() if misdeeds is None else misdeeds
        self.connection = Connection(
            self, octets_before_bind=octets_before_bind, misdeeds=self.misdeeds
        )
        self._farewell = Farewell(self.connection, farewell)
        self.state = SessionState.OPEN
        self.window: Window[K] = Window(window)
        self.unmatched = 0  # responses to nothing that is in flight
        self.refused_sent_at = 0.0  # when the latest request was written that an error answered
        self._owner = owner
        self._takes = takes
        self._awaits = awaits
        self.intake = Intake(self.connection, most_owed)
        self._may_request = self._may_take = False
        self._is_on_trial = False  # nothing is requested before the peer answers an enquire_link
        self._clock = clock
        self.timers = SessionTimers(timers, clock())
        self._lateness = Lateness(timers)
        self._own: dict[type[Pdu], int] = {}  # our last bind's, enquire_link's, unbind's number
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # -- what the owner calls

    @property
    def capacity(self) -> int:
        """How many requests may be written now."""
        if self.state is not SessionState.BOUND or not self._may_request or self._is_on_trial:
            return 0
        return self.window.free if self.connection.writable else 0

    def bind(self, pdu: Bind) -> None:
        """Ask for the session."""
        self._send_own(pdu)

    def bound(
        self, *, may_request: bool = True, may_take: bool = True, on_trial: bool = False
    ) -> None:
        """Note that the bind was accepted, and which way messages may flow, at once or on trial."""
        self.state = SessionState.BOUND
        self._may_request = may_request
        self._may_take = may_take
        self.connection.lift_allowance()
        self.timers.bound(self._clock())
        if on_trial and self.timers.ask(self._clock()):
            self._is_on_trial = True
            self._enquire(self._clock())
        self._arm()

    def hand_over(
        self,
        owner: SessionOwner[K, Q, R],
        takes: tuple[type[Q], ...],
        awaits: tuple[type[R], ...],
        window: int,
        timers: TimerSettings,
    ) -> None:
        """Serve another from now on, before the bind: whom the peer turned out to dial in for."""
        self._owner = owner
        self._takes, self._awaits = takes, awaits
        self.window = Window(window)
        self.timers = SessionTimers(timers, self._clock())
        self._lateness = Lateness(timers)

    def request(self, batch: Sequence[tuple[K, Request]]) -> int:
        """Write the first of these requests, as many as `capacity` lets; say how many.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        count = min(len(batch), self.capacity)
        if count <= 0:
            return 0
        window = self.window
        numbers = [window.next_sequence_number() for _ in range(count)]
        octets = b"".join([encode(batch[i][1], number) for i, number in enumerate(numbers)])
        now = self._clock()
        deadline = now + self._lateness.response_seconds
        for i, number in enumerate(numbers):
            window.put(number, batch[i][0], deadline)
        self.timers.message(now)
        self.connection.write(octets)
        if deadline < self._timer_at:
            self._arm()
        return count

    def answer(self, responses: Sequence[Pdu]) -> bool:
        """Write the answers to requests of the peer; say whether the session still stood."""
        if not self.connection.open:
            return False
        self.connection.send(responses)
        self.intake.answered(len(responses))
        return True

    def unbind(self) -> None:
        """Ask for the end; requests in flight may still be answered until the peer agrees."""
        if self.state is SessionState.BOUND:
            self.state = SessionState.UNBINDING
            self._send_own(Unbind())

    def close(self, reason: str) -> None:
        """Write what is left and close."""
        self.connection.close(reason)

    def abort(self, reason: str) -> None:
        """Close at once."""
        self.connection.abort(reason)

    # -- what the connection calls

    def opened(self) -> None:
        """Start the timers."""
        self.timers.opened(self._clock())
        self._arm()
        self._owner.opened()

    def received(self, pdus: list[Pdu]) -> None:
        """Sort the PDUs of one read: answer what is the link's, hand on the rest by kind."""
        now = self._clock()
        passes = self.timers.heard(now)
        if passes:
            self._arm()
            passes, self._is_on_trial = self._is_on_trial, False
        results: list[tuple[K, R]] = []
        requests: list[Q] = []
        answers: list[Pdu] = []
        end: str | None = None
        for pdu in pdus:
            if isinstance(pdu, RESPONSES):
                self._response(pdu, results)
            elif isinstance(pdu, REQUESTS):
                if self._may_take and isinstance(pdu, self._takes):
                    requests.append(pdu)
                else:
                    refuse_request(answers, pdu, self.misdeeds, offered=self._takes + MESSAGES)
            else:
                end = self._link_pdu(pdu, answers) or end
        if answers:
            self.connection.send(answers)
        if results or requests:
            self.timers.message(now)
            self._hand_on(results, requests)
        if end is not None:
            self.connection.close(end)
        elif not self._farewell.ends(len(self.window)) and passes:
            self._owner.capacity_freed()

    def writable_again(self) -> None:
        """Tell the owner, if that means anything to it."""
        if self.capacity:
            self._owner.capacity_freed()

    def ended(self, reason: str) -> None:
        """Hand back what is unanswered, then tell the end."""
        self.state = SessionState.CLOSED
        if self._timer is not None:
            self._timer.cancel()
        keys = self.window.drain()
        if keys:
            self._owner.in_doubt(keys, reason, silence=False)
        self._owner.ended(reason)

    def _hand_on(self, results: list[tuple[K, R]], requests: list[Q]) -> None:
        """Hand on the responses before the requests: a receipt may follow its own response."""
        if results:
            if self._lateness.is_asking:
                self._arm()
            self._owner.responded(results)
        if requests:
            self.intake.took(len(requests))
            self._owner.requested(requests)
        if results:
            self._owner.capacity_freed()

    def _link_pdu(self, pdu: Pdu, answers: list[Pdu]) -> str | None:
        """Deal with what concerns the link itself; return why it ends, if it does."""
        if isinstance(pdu, EnquireLink):
            if self.intake.begins_flood(self._clock()):
                self.misdeeds[Misdeed.FLOOD] += 1
            answers.append(EnquireLinkResp(pdu.sequence_number))
        elif isinstance(pdu, BIND_PDUS):
            if self.state is SessionState.OPEN:
                self._owner.binding(pdu)
            elif isinstance(pdu, Bind):
                refuse(answers, pdu, CommandStatus.ESME_RALYBND)
        elif isinstance(pdu, Unbind):
            self.state = SessionState.UNBINDING
            self._farewell.begin(pdu.sequence_number)
        elif isinstance(pdu, EnquireLinkResp):
            self._enquiry_answered(pdu.sequence_number)
        elif isinstance(pdu, UnbindResp):
            return "unbound" if self.state is SessionState.UNBINDING else None
        elif isinstance(pdu, Unknown):
            self.unmatched += bool(pdu.command_id & RESPONSE_BIT)
            self.misdeeds[Misdeed.UNKNOWN_COMMAND] += 1
            refuse(answers, pdu, CommandStatus.ESME_RINVCMDID)
        return None

    def _response(self, pdu: Response, results: list[tuple[K, R]]) -> None:
        if isinstance(pdu, self._awaits) and pdu.sequence_number in self.window:
            results.append((self.window.pop(pdu.sequence_number), pdu))
            self._lateness.answered(self.window.popped_deadline)
            if pdu.command_status:
                self.refused_sent_at = self.window.popped_deadline - self._lateness.response_seconds
        else:
            self._unmatched_response(pdu)

    def _unmatched_response(self, pdu: Response) -> None:
        """Count what answers nothing: no nack of our bind, which refuses it, or enquire_link."""
        if pdu.sequence_number not in self._own.values():
            self.unmatched += 1
            self.misdeeds[Misdeed.UNMATCHED_RESPONSE] += 1
        elif pdu.sequence_number == self._own.get(Bind) and isinstance(pdu, GenericNack):
            self._owner.binding(pdu)
        else:
            self._enquiry_answered(pdu.sequence_number)

    def _enquire(self, now: float) -> None:
        self._lateness.enquired(now)
        self._send_own(EnquireLink())

    def _enquiry_answered(self, number: int) -> None:
        if number == self._own.get(EnquireLink):
            self._lateness.enquiry_answered()
            self._arm()

    def _send_own(self, pdu: Bind | EnquireLink | Unbind) -> None:
        number = self.window.next_sequence_number()
        self._own[type(pdu)] = number
        self.connection.write(encode(pdu, number))

    def _arm(self) -> None:
        """Set the one timer to the next time at which anything may be due."""
        if self._timer is not None:
            self._timer.cancel()
        deadline = self.window.next_deadline()
        at, now = self.timers.next_at(), self._clock()
        if deadline is not None:
            at = min(at, self._lateness.judged_at(deadline))
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at - now), self._due)

    def _drop_silent(self) -> None:
        if self.connection.writable:
            self.misdeeds[Misdeed.SILENT] += 1
            self.connection.abort("the peer fell silent: enquire_link got no answer")
        else:
            self.misdeeds[Misdeed.SLOW_READER] += 1
            self.connection.abort("the peer does not read what we write")

    def _due(self) -> None:
        now = self._clock()
        if self.connection.reading_held:
            self.timers.heard(now)  # the silence is ours
        tick = self.timers.tick(now)
        if tick is Tick.ENQUIRE_LINK:
            self._enquire(now)
        elif tick is Tick.DROP_UNBOUND:
            self.misdeeds[Misdeed.NO_BIND_IN_TIME] += 1
            self.connection.close("no bind in time")
        elif tick is Tick.DROP_SILENT:
            self._drop_silent()
        elif tick is Tick.DROP_INACTIVE:
            self.unbind()
            self.connection.close("no message for too long")
        if self.connection.open:
            self._judge_late(now)
            self._arm()

    def _judge_late(self, now: float) -> None:
        """Hand back what got no response in time and has arrived, or was left as our question."""
        deadline = self.window.next_deadline()
        if deadline is None or deadline > now:
            self._lateness.in_time()
            return
        verdict = self._lateness.judge(deadline, now)
        if verdict is Verdict.ASK and self.timers.ask(now):
            self._enquire(now)
        elif verdict is Verdict.ARRIVED or verdict is Verdict.LEFT:
            why = f"no response within {self._lateness.response_seconds:g} s"
            until = min(now, self._lateness.arrived) if verdict is Verdict.ARRIVED else now
            self._owner.in_doubt(self.window.expired(until), why, silence=True)
            self._owner.capacity_freed()
