"""Several binds of ours to one peer, which together act as one."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.connection import Tap
from smsc.smpp.dialled_session import Answered, Asked, DialledEsme
from smsc.smpp.esme import Esme
from smsc.smpp.outbind_session import OutbindEsme
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
from smsc.smpp.vitals import Vitals

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Arrival(Generic[K]):
    """The session that something came by: of which bind, and the how many-th of it."""

    bind: Esme[K]
    session: int

    def answer(self, responses: Sequence[DeliverSmResp | DataSmResp]) -> bool:
        """Answer on that session; say whether it still stood.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self.bind.answer(self.session, responses)


class BindSetOwner(Protocol[K]):
    """Whom a set of binds serves. As `EsmeOwner`, but that deliveries tell their bind."""

    def responded(self, results: Sequence[tuple[K, SubmitSmResp | GenericNack]]) -> None:
        """Take the responses to what was submitted."""

    def received(self, arrival: Arrival[K], pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Take receipts and inbound messages; answer them by `arrival` after the commit."""

    def in_doubt(self, keys: Sequence[K], why: str, *, silence: bool) -> None:
        """Take back what was written and got no response."""

    def state_changed(self, state: BindState, reason: str) -> None:
        """Take note of a new state of the whole or of a bind, or of a new reason for the same."""

    def capacity_freed(self) -> None:
        """Take note that `capacity` may have grown."""


def pairs(config: BindConfig, count: int) -> list[BindConfig]:
    """Return the binds of `count` transmitter-receiver pairs."""
    return [
        replace(config, bind_type=bind_type)
        for _ in range(count)
        for bind_type in (BindType.TRANSMITTER, BindType.RECEIVER)
    ]


class BindSet(Generic[K]):
    """Keeps several binds up; what is submitted goes by whichever has room.

    One throttle paces them all: it is the peer's account that has a rate. Where each bind leads to
    a line of its own (`apart`), each has its own. While something for a recipient is unanswered,
    what follows for it goes by the same bind, so that order is kept. The whole is bound as soon as
    one that may submit is (one at all, of receivers).
    """

    def __init__(
        self,
        configs: Sequence[BindConfig],
        owner: BindSetOwner[K],
        *,
        apart: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.throttle = Throttle(configs[0].throughput)
        self.state = BindState.CLOSED
        self.reason = "not started"
        self._told: list[tuple[BindState, str]] = []
        self._owner = owner
        self._members = [
            _Member(self, config, Throttle(config.throughput) if apart else self.throttle, clock)
            for config in configs
        ]
        self._senders = [m for m in self._members if m.config.bind_type is not BindType.RECEIVER]
        self._lanes: dict[str, tuple[_Member[K], int]] = {}  # by recipient: bind, unanswered
        self._recipients: dict[K, str] = {}

    @property
    def window(self) -> int:
        """How many segments may be unanswered in all."""
        return sum(member.config.window for member in self._senders) or 1

    @property
    def window_in_use(self) -> int:
        """How many are."""
        return sum(member.esme.window_in_use for member in self._members)

    @property
    def binds(self) -> list[tuple[BindConfig, BindState, str]]:
        """Return each bind with its state and the reason of it."""
        return [(m.config, m.esme.state, m.esme.reason) for m in self._members]

    def vitals(self) -> list[Vitals]:
        """Say what each bind does now."""
        return [member.esme.vitals() for member in self._members]

    def tap(self, tap_of: Callable[[int, BindConfig], Tap] | None) -> None:
        """Show what each bind writes and reads to a tap of its own; None ends it."""
        for index, member in enumerate(self._members):
            member.esme.tap = None if tap_of is None else tap_of(index, member.config)

    def capacity(self, now: float) -> int:
        """Return how many segments may be submitted now."""
        places = sum(member.esme.places for member in self._senders)
        allowed = self.throttle.available(now) if places else 0
        return places if allowed is None else min(places, allowed)

    def capacity_of(self, index: int, now: float) -> int:
        """Return how many segments one of the binds takes now."""
        return self._members[index].esme.capacity(now)

    def throttle_of(self, index: int) -> Throttle:
        """Return what paces one of the binds."""
        return self._members[index].esme.throttle

    def submit_by(self, index: int, batch: Sequence[tuple[K, SubmitSm]]) -> int:
        """Write by one of the binds, as `submit` does."""
        return self._members[index].esme.submit(batch)

    def index_of(self, arrival: Arrival[K]) -> int:
        """Return by which of the binds something came."""
        return next(i for i, one in enumerate(self._members) if one.esme is arrival.bind)

    def next_capacity_at(self, now: float) -> float | None:
        """Return when the throttle will let more go; None: `capacity_freed` will tell."""
        times = (member.esme.next_capacity_at(now) for member in self._senders)
        return min((at for at in times if at is not None), default=None)

    def submit(self, batch: Sequence[tuple[K, SubmitSm]]) -> int:
        """Write the first of the batch, as many as `capacity` allows; say how many.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        if len(self._senders) == 1:
            return self._senders[0].esme.submit(batch)
        written = 0
        for key, submit in batch:
            member = self._choose(submit.destination_addr)
            try:
                if member is None or not member.esme.submit([(key, submit)]):
                    break
            except ValueError:
                if not written:
                    raise
                break  # what was written before it must be told
            _, unanswered = self._lanes.get(submit.destination_addr, (member, 0))
            self._lanes[submit.destination_addr] = (member, unanswered + 1)
            self._recipients[key] = submit.destination_addr
            written += 1
        return written

    @property
    def is_attended(self) -> bool:
        """Whether a session stands, or one of the peers that dial in has to wait for the next."""
        return any(member.esme.is_attended for member in self._members)

    def adopt(
        self,
        asked: Bind | Outbind,
        session: Session[K, Asked, Answered],
        on_end: Callable[[str], None],
    ) -> Callable[[], None] | None:
        """Let a peer that dialled in be one of the binds; see `DialledEsme.adopt`."""
        for member in self._members:
            if isinstance(member.esme, DialledEsme) and member.esme.is_meant(asked):
                begin = member.esme.adopt(asked, session, on_end)
                if begin is not None:
                    return begin
        return None

    async def run(self) -> None:
        """Keep the binds up until `stop`, or until cancelled, which drops them at once."""
        async with asyncio.TaskGroup() as group:
            for member in self._members:
                group.create_task(member.esme.run())

    async def stop(self, drain: timedelta) -> None:
        """Submit no more, wait for the windows up to `drain`, unbind all; end `run`."""
        await asyncio.gather(*(member.esme.stop(drain) for member in self._members))

    # -- what members tell

    def answered(self, keys: Sequence[K]) -> None:
        """Free the recipients of these segments."""
        for key in keys:
            recipient = self._recipients.pop(key, None)
            if recipient is None:
                continue
            member, unanswered = self._lanes[recipient]
            if unanswered > 1:
                self._lanes[recipient] = (member, unanswered - 1)
            else:
                del self._lanes[recipient]

    def note_state(self) -> None:
        """Tell the owner how the whole stands, if that is new of any bind."""
        state, reason = self._standing()
        told = [(m.esme.state, m.esme.reason) for m in self._members]
        if (state, reason, told) != (self.state, self.reason, self._told):
            self.state, self.reason, self._told = state, reason, told
            self._owner.state_changed(state, reason)

    def _choose(self, recipient: str) -> "_Member[K] | None":
        lane = self._lanes.get(recipient)
        if lane is not None:
            return lane[0] if lane[0].esme.places else None
        member = max(self._senders, key=lambda one: one.esme.places)
        return member if member.esme.places else None

    def _standing(self) -> tuple[BindState, str]:
        if len(self._members) == 1:
            return self._members[0].esme.state, self._members[0].esme.reason
        states = [member.esme.state for member in self._members]
        bound = states.count(BindState.BOUND)
        if bound == len(states):
            return BindState.BOUND, f"all {bound} binds are bound"
        worst = next(m for m in self._members if m.esme.state is not BindState.BOUND)
        name = f"{worst.config.bind_type} {worst.config.system_id}"
        reason = f"{bound} of {len(states)} binds are bound; {name}: {worst.esme.reason}"
        deciding = self._senders or self._members
        if any(member.esme.state is BindState.BOUND for member in deciding):
            return BindState.BOUND, reason
        first = deciding[0].esme.state
        return first, reason


class _Member(Generic[K]):
    """One bind of a set. Implements `smsc.smpp.bind.EsmeOwner`."""

    def __init__(
        self,
        whole: BindSet[K],
        config: BindConfig,
        throttle: Throttle,
        clock: Callable[[], float],
    ) -> None:
        self.config = config
        self._whole = whole
        self._owner = whole._owner  # noqa: SLF001 a part of it
        self.esme: Esme[K] = _kind(config)(config, self, throttle=throttle, clock=clock)

    def responded(self, results: Sequence[tuple[K, SubmitSmResp | GenericNack]]) -> None:
        """Free the recipients, then hand on."""
        self._whole.answered([key for key, _ in results])
        self._owner.responded(results)

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Hand on, with the way back."""
        self._owner.received(Arrival(self.esme, session), pdus)

    def in_doubt(self, keys: Sequence[K], why: str, *, silence: bool) -> None:
        """Free the recipients, then hand on."""
        self._whole.answered(keys)
        self._owner.in_doubt(keys, why, silence=silence)

    def state_changed(self, state: BindState, reason: str) -> None:  # noqa: ARG002 the whole's counts
        """Let the whole say how it stands."""
        self._whole.note_state()

    def capacity_freed(self) -> None:
        """Hand on."""
        self._owner.capacity_freed()


def _kind(config: BindConfig) -> type[Esme[K]]:
    if config.asker is not None:
        return OutbindEsme
    return Esme if config.dial_in is None else DialledEsme
