"""A SIM box: an SMPP server whose every destination is a handset that can be read and written."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from types import TracebackType
from typing import Final, Self

from smsc.simulator.behaviour import Behaviour, change
from smsc.simulator.handsets import Handset, Handsets
from smsc.simulator.judge import Judge
from smsc.simulator.message_ids import MessageNumbers, spell
from smsc.simulator.outbox import Delivery, Session
from smsc.simulator.post_office import PostOffice
from smsc.simulator.receipts import DueReceipt, first_receipt, receipt_pdu
from smsc.simulator.submits import Submit, Totals
from smsc.simulator.timeline import Timeline
from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from smsc.smpp.server import Accepted, Refused, ServerSettings, SmppServer
from smsc.sms.alphabet import Alphabet

_DRAIN: Final = timedelta(seconds=1)


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
        limits = limits or Limits()
        self.behaviour = behaviour or Behaviour()
        self.host = host
        self.port = port
        self.totals = Totals()
        self.submits: deque[Submit] = deque(maxlen=limits.submits)
        self._system_id = system_id
        self._password = password
        self._ssl_context = ssl_context
        self._judge = Judge(self.behaviour)
        self._numbers = MessageNumbers()
        self._office = PostOffice(self.totals, limits.waiting, self.behaviour.receipt_retry)
        self._handsets = Handsets(self._office.dispatch, limits.handsets, limits.messages)
        self._responses: Timeline[tuple[Session, list[Submit]]] = Timeline(self._responses_due)
        self._receipts: Timeline[DueReceipt] = Timeline(self._receipts_due)
        # A peer that waits for swallowed responses still has its enquire_links answered.
        self._server: SmppServer[str, Delivery] = SmppServer(
            self, ServerSettings(system_id="simbox", most_owed=limits.waiting)
        )

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

    async def stop(self, drain: timedelta = _DRAIN) -> None:
        """Unbind all and listen no more; handsets, and receipts not yet sent, are kept."""
        await self._server.stop(drain)

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
        self.behaviour = change(self.behaviour, changes)
        self._judge = Judge(self.behaviour)
        self._office.retry_after = self.behaviour.receipt_retry
        return self.behaviour

    # -- what the SMPP server calls

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str] | Refused:  # noqa: ARG002 the server names the peer to every owner
        """Welcome everybody, or only who knows the password."""
        for wanted, given in (
            (self._system_id, bind.system_id),
            (self._password, bind.password),
        ):
            if wanted is not None and not compare_digest(wanted.encode(), given.encode()):
                return Refused(CommandStatus.ESME_RINVPASWD)
        return Accepted(bind.system_id, window=self.behaviour.window)

    def bound(self, session: Session) -> None:
        """Send what waited for it."""
        self._office.bound(session)

    def submitted(self, session: Session, pdus: Sequence[SubmitSm | DataSm]) -> None:
        """Judge each, hand the accepted ones to their handsets, answer when it is time."""
        now, at = asyncio.get_running_loop().time(), time.time()
        submits = [self._take(pdu, session.system_id, now, at) for pdu in pdus]
        self.submits.extend(submits)
        self.totals.submitted += len(submits)
        if self.behaviour.swallow_responses:
            self.totals.swallowed += len(submits)
            self._plan_receipts(submits, now)
            return
        delay = self.behaviour.response_delay.total_seconds()
        if delay:
            self._responses.add(now + delay, (session, submits))
        else:
            self._answer(session, submits)

    def delivered(
        self,
        session: Session,
        results: Sequence[tuple[Delivery, DeliverSmResp | DataSmResp | GenericNack]],
    ) -> None:
        """Settle what was answered."""
        self._office.delivered(session, results)

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

    def _take(self, pdu: SubmitSm | DataSm, system_id: str, now: float, at: float) -> Submit:
        status = self._judge.command_status(pdu.destination_addr, now)
        submit = Submit(pdu, system_id, at, status)
        if status == CommandStatus.ESME_ROK:
            self.totals.accepted += 1
            style = self.behaviour.message_id_style
            submit.number = self._numbers.next(style)
            submit.message_id = spell(submit.number, style)
            self._office.note_sender(pdu.source_addr, system_id)
            self._handsets.get(pdu.destination_addr).inbox.take(pdu, Alphabet.GSM7, at)
        elif status == CommandStatus.ESME_RTHROTTLED:
            self.totals.throttled += 1
        else:
            self.totals.rejected += 1
        return submit

    def _answer(self, session: Session, submits: Sequence[Submit]) -> None:
        if session.answer([_response(submit) for submit in submits]):
            answered_at = time.time()
            for submit in submits:
                submit.answered_at = answered_at
        # Without its session the box has accepted the message all the same.
        self._plan_receipts(submits, asyncio.get_running_loop().time())

    def _responses_due(self, due: list[tuple[Session, list[Submit]]]) -> None:
        for session, submits in due:
            self._answer(session, submits)

    def _plan_receipts(self, submits: Sequence[Submit], now: float) -> None:
        if not self.behaviour.receipts:
            return
        at = now + self.behaviour.receipt_delay.total_seconds()
        for submit in submits:
            if submit.message_id:
                due = first_receipt(submit, self._judge.fate(submit.pdu.destination_addr))
                if due is not None:
                    self._receipts.add(at, due)

    def _receipts_due(self, due: list[DueReceipt]) -> None:
        now, at = time.time(), asyncio.get_running_loop().time()
        by_system_id: dict[str, list[Delivery]] = {}
        for receipt in due:
            submit = receipt.submit
            submit.state = receipt.state
            delivery = Delivery(receipt_pdu(receipt, self.behaviour, now))
            by_system_id.setdefault(submit.system_id, []).append(delivery)
            if receipt.remaining:
                state, *rest = receipt.remaining
                following = DueReceipt(submit, state, tuple(rest))
                self._receipts.add(at + self.behaviour.receipt_delay.total_seconds(), following)
        for system_id, deliveries in by_system_id.items():
            taken = self._office.post(system_id, deliveries)
            self.totals.receipts_made += taken
            self.totals.receipts_dropped += len(deliveries) - taken


def _response(submit: Submit) -> SubmitSmResp | DataSmResp:
    kind = SubmitSmResp if isinstance(submit.pdu, SubmitSm) else DataSmResp
    return kind(submit.pdu.sequence_number, submit.command_status, submit.message_id)
