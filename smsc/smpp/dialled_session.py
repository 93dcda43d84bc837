"""A peer that dials in and is served as if we had bound to it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TypeVar

from smsc.smpp.bind import BindConfig, BindState, DialIn, EsmeOwner
from smsc.smpp.esme import Esme
from smsc.smpp.esme_session import EsmeSession
from smsc.smpp.pdu import (
    Bind,
    BindType,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Outbind,
    SubmitSm,
    SubmitSmResp,
)
from smsc.smpp.session import Session
from smsc.smpp.throttle import Throttle

K = TypeVar("K")

Asked = SubmitSm | DeliverSm | DataSm
Answered = SubmitSmResp | DeliverSmResp | DataSmResp | GenericNack
TAKES: tuple[type[Asked], ...] = (SubmitSm, DeliverSm, DataSm)
AWAITS: tuple[type[Answered], ...] = (SubmitSmResp, DeliverSmResp, DataSmResp, GenericNack)

_MESSAGE_FIELDS = [field.name for field in fields(DeliverSm)]
# SMPP 3.4 §4.6.1: a deliver_sm has them, and they are empty.
_SUBMIT_ONLY = {
    "schedule_delivery_time": "",
    "validity_period": "",
    "replace_if_present_flag": 0,
    "sm_default_msg_id": 0,
}


class DialledSession(EsmeSession[K]):
    """Turns what the owner of a bind says into what the device expects, and back.

    The owner submits and is delivered to, as ever. The device gets `deliver_sm`s, or `submit_sm`s
    if it wants those; receipts and inbound messages it sends as either.
    """

    def __init__(
        self,
        number: int,
        config: BindConfig,
        owner: EsmeOwner[K],
        throttle: Throttle,
        clock: Callable[[], float],
        session: Session[K, Asked, Answered],
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(number, config, owner, throttle, clock, lambda _: None)
        self._dialled = session
        self._gets_submits = config.dial_in is DialIn.SUBMIT_SM
        self._submitted: set[int] = set()  # sequence numbers of its submit_sm, to be answered
        self._on_end = on_end
        self._connected = True
        # The same session under the narrower types that the base knows it by.
        self.session = session  # type: ignore[assignment]
        session.hand_over(self, TAKES, AWAITS, config.window, config.timers)

    def bound(self, bind: Bind) -> None:
        """Let messages flow the way that the device has bound for."""
        self._dialled.bound(may_request=bind.bind_type is not BindType.TRANSMITTER)

    def request(self, batch: Sequence[tuple[K, SubmitSm]]) -> int:
        """Write the first of these; see the base."""
        if self._gets_submits:
            return self._dialled.request(batch)
        return self._dialled.request([(key, _to_deliver(submit)) for key, submit in batch])

    def answer(self, responses: Sequence[DeliverSmResp | DataSmResp]) -> bool:
        """Answer what was received, each by the response of its request."""
        return self._dialled.answer([self._answer_of(response) for response in responses])

    # -- what the session calls

    def responded(self, results: Sequence[tuple[K, Answered]]) -> None:
        """Hand on, whichever response it was."""
        super().responded([(key, _to_submit_resp(response)) for key, response in results])

    def requested(self, pdus: Sequence[Asked]) -> None:
        """Hand on, whichever request it was."""
        self._submitted |= {pdu.sequence_number for pdu in pdus if isinstance(pdu, SubmitSm)}
        super().requested([_to_deliver(p) if isinstance(p, SubmitSm) else p for p in pdus])

    def ended(self, reason: str) -> None:
        """Tell whoever waits, and whose connection it was."""
        super().ended(reason)
        self._on_end(reason)

    def _answer_of(
        self, response: DeliverSmResp | DataSmResp
    ) -> SubmitSmResp | DeliverSmResp | DataSmResp:
        number = response.sequence_number
        if number not in self._submitted or not isinstance(response, DeliverSmResp):
            return response
        self._submitted.discard(number)
        message_id = "" if response.command_status else f"{self.number}-{number:x}"
        return SubmitSmResp(number, response.command_status, message_id)


class DialledEsme(Esme[K]):
    """A bind that its peer makes. Between two sessions it waits, and needs no patience."""

    waits_for = "waits for its device to bind"

    def __init__(
        self,
        config: BindConfig,
        owner: EsmeOwner[K],
        *,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(config, owner, throttle=throttle, clock=clock)
        self._arrival = asyncio.Event()

    def is_meant(self, asked: Bind | Outbind) -> bool:
        """Say whether the peer asks for this bind."""
        return isinstance(asked, Bind) and asked.system_id == self.config.system_id

    def adopt(
        self,
        asked: Bind | Outbind,
        session: Session[K, Asked, Answered],
        on_end: Callable[[str], None],
    ) -> Callable[[], None] | None:
        """Take over a session whose peer has just asked for this bind; None: one stands already.

        What is returned is to be called once the bind is answered.
        """
        if self._present is not None or self._stop.is_set() or not isinstance(asked, Bind):
            return None
        bind = asked
        self._sessions += 1
        present = DialledSession(
            self._sessions,
            self.config,
            self._owner,
            self.throttle,
            self._clock,
            session,
            on_end,
        )
        self._arrive(present)

        def begin() -> None:
            present.bound(bind)
            self.bound_since = self._clock()
            self._enter(BindState.BOUND, f"its device has bound from {session.connection.peer}")
            self._log_once("bind.bound")
            self._owner.capacity_freed()

        return begin

    def _arrive(self, present: EsmeSession[K]) -> None:
        present.session.connection.tap = self._tap
        self._present = present
        self._arrival.set()

    async def _hold_one_session(self) -> float:
        """Wait for the peer, and until it leaves."""
        if self._present is None:
            self._enter(BindState.CONNECTING, self.waits_for)
        waits = [asyncio.ensure_future(event.wait()) for event in (self._arrival, self._stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._arrival.clear()
        present = self._present
        if present is None:
            return 0.0
        await asyncio.wait([present.over])
        self.reason = present.over.result()
        since, self.bound_since = self.bound_since, None
        self._present = None
        return self._parted(present, since)

    def _parted(self, present: EsmeSession[K], since: float | None) -> float:  # noqa: ARG002 what the end was matters to those who bind
        """Return the seconds until the peer is welcome again."""
        self._log_once("bind.lost")
        return 0.0


def _to_deliver(submit: SubmitSm) -> DeliverSm:
    values = {name: getattr(submit, name) for name in _MESSAGE_FIELDS}
    return DeliverSm(**values | _SUBMIT_ONLY)


def _to_submit_resp(response: Answered) -> SubmitSmResp | GenericNack:
    if isinstance(response, SubmitSmResp | GenericNack):
        return response
    return SubmitSmResp(
        response.sequence_number, response.command_status, response.message_id, response.tlvs
    )
