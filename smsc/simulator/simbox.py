"""A SIM box: an SMPP server whose every destination is a handset that can be read and written."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Final, Self
from weakref import WeakKeyDictionary

from smsc.simulator.behaviour import Behaviour, change
from smsc.simulator.handsets import Handset, Handsets
from smsc.simulator.incidents import Incidents
from smsc.simulator.judge import Judge
from smsc.simulator.message_ids import MessageNumbers, spell
from smsc.simulator.outbox import Delivery, Session
from smsc.simulator.porter import Porter
from smsc.simulator.post_office import PostOffice
from smsc.simulator.reporter import Reporter
from smsc.simulator.responses import Responses
from smsc.simulator.submits import Submit, Totals
from smsc.simulator.timeline import Timeline
from smsc.simulator.wire import Wire
from smsc.smpp.connection import Connection
from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSmResp,
    GenericNack,
    Outbind,
    SubmitSm,
)
from smsc.smpp.server import Accepted, Refused, ServerSettings, SmppServer
from smsc.smpp.timers import TimerSettings
from smsc.sms.text_style import TextStyle

_DRAIN: Final = timedelta(seconds=1)
_NEVER: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a box remembers at most; the oldest is forgotten first."""

    handsets: int = 10_000
    messages: int = 100  # a handset
    submits: int = 10_000
    waiting: int = 100_000  # deliver_sm a system_id; what comes beyond is dropped


class SimBox:
    """Accepts what any ESME submits, delivers it to handsets, sends receipts and replies.

    In a test: `async with SimBox(Behaviour(...)) as box`. With `system_id` or `password`, only
    those may bind. `port` 0 takes a free one, and keeps it over a `stop` and `start`.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        system_id: str | None = None,
        password: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits = limits or Limits()
        self.behaviour = behaviour or Behaviour()
        self.host = host
        self.port = port
        self.totals = Totals()
        self.submits: deque[Submit] = deque(maxlen=limits.submits)
        self._ssl_context = ssl_context
        self._porter = Porter(system_id, password)
        self._office = PostOffice(self.totals, limits.waiting, self.behaviour.receipt_retry)
        self._reporter = Reporter(self.behaviour, self._office, self.totals)
        self._handsets = Handsets(self._office.dispatch, limits.handsets, limits.messages)
        self._timeline: Timeline[tuple[Session, list[Submit]]] = Timeline(self._responses_due)
        self._responses = Responses()
        self._unanswered: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        self._wires: dict[str, Wire] = {}
        self._incidents = Incidents(self._wires)
        self._server: SmppServer[str, Delivery] = SmppServer(self, wrap=self._wrap)
        self._adopt(self.behaviour)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken or not ours.
        """
        await self._server.start(self.host, self.port, self._ssl_context)
        self.port = self._server.port

    async def call(self, host: str, port: int, system_id: str, password: str) -> None:
        """Ask an ESME by OUTBIND to bind to the box over a connection of the box's own.

        Raises:
            OSError: nobody listens there.
        """
        outbind = Outbind(1, system_id=system_id, password=password)
        await self._server.call(host, port, outbind)

    async def stop(self, drain: timedelta = _DRAIN) -> None:
        """Unbind all and listen no more; handsets, and receipts not yet sent, are kept."""
        await self._server.stop(drain)
        for wire in list(self._wires.values()):  # half-open ones
            wire.reset()

    @property
    def sessions(self) -> list[Session]:
        """The bound sessions."""
        return self._server.sessions

    @property
    def waiting(self) -> int:
        """How many deliver_sm wait for a receiver, or for room in its window."""
        return self._office.waiting

    @property
    def handsets(self) -> Handsets:
        """All handsets that sent, received, or were asked for."""
        return self._handsets

    def handset(self, number: str) -> Handset:
        """Return the handset with this number, with or without `+`; every number has one."""
        return self._handsets.get(number)

    def change(self, changes: Mapping[str, object]) -> Behaviour:
        """Change the behaviour from now on; values as JSON has them.

        Raises:
            BadParameter: no such field, or no such value.
        """
        self._adopt(change(self.behaviour, changes))
        return self.behaviour

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from now on."""
        self._adopt(behaviour)

    # -- what the SMPP server calls

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str] | Refused:  # noqa: ARG002 the server names the peer to every owner
        """Welcome everybody, or only whom the behaviour and the password let in."""
        status = self._porter.command_status(bind, self.behaviour, self.sessions)
        if status != CommandStatus.ESME_ROK:
            return Refused(status)
        return Accepted(bind.system_id, window=self.behaviour.window)

    def bound(self, session: Session) -> None:
        """Send what waited for it."""
        self._office.bound(session)

    def submitted(self, session: Session, pdus: Sequence[SubmitSm | DataSm]) -> None:
        """Judge each, hand the accepted ones to their handsets, answer when it is time."""
        now, at = asyncio.get_running_loop().time(), time.time()
        behaviour = self.behaviour
        submits = [self._take(pdu, session, now, at) for pdu in pdus]
        self.submits.extend(submits)
        self.totals.submitted += len(submits)
        answered = self._incidents.answered(session, len(submits), behaviour)
        if behaviour.receipt_before_response:
            self._reporter.plan(submits, self._judge, at_once=True)
        if behaviour.swallow_responses:
            answered = 0
        self._swallow(session, submits[answered:])
        if submits[:answered]:
            delay = behaviour.response_delay.total_seconds()
            if delay:
                self._timeline.add(now + delay, (session, submits[:answered]))
            else:
                self._answer(session, submits[:answered])
        if behaviour.stray_pdus:
            session.write(bytes.fromhex(behaviour.stray_pdus))
        self._incidents.strike(session, behaviour)

    def delivered(
        self,
        session: Session,
        results: Sequence[tuple[Delivery, DeliverSmResp | DataSmResp | GenericNack]],
    ) -> None:
        """Settle what was answered."""
        self._office.delivered(session, results)
        if self.behaviour.closes_on_message_id and any(
            not isinstance(response, GenericNack) and response.message_id for _, response in results
        ):
            session.close("a deliver_sm_resp with a message_id")

    def in_doubt(self, session: Session, keys: Sequence[Delivery], why: str) -> None:  # noqa: ARG002 whatever the reason, it is repeated
        """Repeat what was never answered."""
        self._office.in_doubt(session, keys)

    def capacity_freed(self, session: Session) -> None:
        """Send more."""
        self._office.capacity_freed(session)

    def closed(self, session: Session, why: str) -> None:  # noqa: ARG002 the server has logged it
        """Use this session no more."""
        self._office.closed(session)

    # -- inside

    def _adopt(self, behaviour: Behaviour) -> None:
        before, self.behaviour = self.behaviour, behaviour
        ids = (behaviour.first_id, behaviour.distinct_ids)
        if before is behaviour or ids != (before.first_id, before.distinct_ids):
            self._numbers = MessageNumbers(*ids)
        self._judge = Judge(behaviour)
        self._porter.start_anew()
        self._incidents.happened = 0
        self._reporter.behaviour = behaviour
        self._office.retry_after = behaviour.receipt_retry
        self._handsets.style = TextStyle(
            alphabet=behaviour.alphabet,
            packed=behaviour.gsm7_packed,
            concatenation=behaviour.concatenation,
        )
        self._server.settings = ServerSettings(
            system_id="simbox",
            timers=TimerSettings(
                enquire_link=behaviour.asks_after or _NEVER,
                inactivity=behaviour.unbinds_idle_after,
            ),
            # A peer that waits for swallowed responses still has its enquire_links answered.
            most_owed=self._limits.waiting,
        )

    def _wrap(self, connection: Connection) -> Wire:
        def opened(wire: Wire) -> None:
            self._wires[wire.peer] = wire

        def lost(wire: Wire) -> None:
            self._wires.pop(wire.peer, None)

        return Wire(connection, lambda: self.behaviour, opened, lost)

    def _take(self, pdu: SubmitSm | DataSm, session: Session, now: float, at: float) -> Submit:
        unanswered = self._unanswered.get(session, 0)
        status = self._judge.command_status(pdu, now, unanswered)
        submit = Submit(pdu, session.system_id, at, status)
        self._unanswered[session] = unanswered + 1
        if status == CommandStatus.ESME_ROK:
            self.totals.accepted += 1
            style = self.behaviour.message_id_style
            submit.number = self._numbers.next(style)
            submit.message_id = spell(submit.number, style)
            self._office.note_sender(pdu.source_addr, session.system_id)
            self._handsets.get(pdu.destination_addr).inbox.take(
                pdu, self.behaviour.alphabet, at, packed=self.behaviour.gsm7_packed
            )
        elif status == self.behaviour.throttle_status:
            self.totals.throttled += 1
        else:
            self.totals.rejected += 1
        return submit

    def _answer(self, session: Session, submits: Sequence[Submit]) -> None:
        self._unanswered[session] = self._unanswered.get(session, 0) - len(submits)
        if session.answer(self._responses.make(submits, self.behaviour)):
            answered_at = time.time()
            for submit in submits:
                submit.answered_at = answered_at
        # Without its session the box has accepted the message all the same.
        self._reporter.plan(submits, self._judge)

    def _swallow(self, session: Session, submits: Sequence[Submit]) -> None:
        self._unanswered[session] = self._unanswered.get(session, 0) - len(submits)
        self.totals.swallowed += len(submits)
        self._reporter.plan(submits, self._judge)

    def _responses_due(self, due: list[tuple[Session, list[Submit]]]) -> None:
        for session, submits in due:
            self._answer(session, submits)
