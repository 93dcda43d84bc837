"""One session of an ESME that binds to us, and whom such sessions serve."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog

from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import (
    Bind,
    BindResp,
    BindType,
    CancelSm,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    Tag,
    Tlvs,
    status_name,
)
from smsc.smpp.session import Session
from smsc.smpp.session_owner import Ancillary, BindPdu
from smsc.smpp.timers import TimerSettings
from smsc.smpp.window import Window

log = structlog.get_logger()

Identity = TypeVar("Identity")
K = TypeVar("K")

Submitted = SubmitSm | DataSm
Delivered = DeliverSmResp | DataSmResp | GenericNack
Asked = Submitted | Ancillary
_TAKES: tuple[type[Asked], ...] = (SubmitSm, DataSm)
_OFFERS: tuple[type[Asked], ...] = (*_TAKES, SubmitMulti, QuerySm, CancelSm, ReplaceSm)
_AWAITS: tuple[type[Delivered], ...] = (DeliverSmResp, DataSmResp, GenericNack)


@dataclass(frozen=True, slots=True)
class Accepted(Generic[Identity]):
    """A bind that is welcome.

    `window` is how many of our requests may be in flight to it, `most_owed` after how many of its
    own without an answer no more is read from it, if not the server's number.
    """

    identity: Identity
    window: int = 10
    most_owed: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A bind that is not."""

    command_status: int = CommandStatus.ESME_RBINDFAIL


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A bind of a peer that somebody else serves on this connection from now on.

    `adopt` takes the session and what to call at its end; it returns what to call once the bind is
    answered, or None if it doesn't take it after all.
    """

    adopt: Callable[[Session[Any, Any, Any], Callable[[str], None]], Callable[[], None] | None]


class ServerOwner(Protocol[Identity, K]):
    """Whom an SMPP server serves. Plain calls from the event loop, one a read of a socket.

    Nothing may be raised: an exception ends the session that it came from.
    """

    async def authenticate(
        self, bind: Bind, peer: str
    ) -> Accepted[Identity] | Refused | HandedOver:
        """Say whether this bind is welcome; `peer` is `host:port`."""

    def bound(self, session: "ServerSession[Identity, K]") -> None:
        """Take note of a new session."""

    def submitted(self, session: "ServerSession[Identity, K]", pdus: Sequence[Submitted]) -> None:
        """Take requests; answer each by `session.answer` after the commit."""

    def delivered(
        self, session: "ServerSession[Identity, K]", results: Sequence[tuple[K, Delivered]]
    ) -> None:
        """Take the responses to what was delivered."""

    def in_doubt(self, session: "ServerSession[Identity, K]", keys: Sequence[K], why: str) -> None:
        """Take back what was written and got no response."""

    def capacity_freed(self, session: "ServerSession[Identity, K]") -> None:
        """Take note that `session.capacity` may have grown."""

    def closed(self, session: "ServerSession[Identity, K]", why: str) -> None:
        """Take note of a bound session's end, after its last `in_doubt`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What all sessions of a server share."""

    system_id: str = "smsc"  # as we call ourselves in a bind_resp
    timers: TimerSettings = TimerSettings()  # noqa: RUF009  # frozen
    octets_before_bind: int = 1024
    most_owed: int = 1000  # requests of one session that wait for our answer


class ServerSession(Generic[Identity, K]):
    """A bound ESME. `identity` is what `authenticate` made of it."""

    def __init__(
        self,
        identity: Identity,
        bind: Bind,
        session: Session[K, Asked, Delivered],
        bound_at: float,
    ) -> None:
        self.identity = identity
        self.bind_type = bind.bind_type
        self.system_id = bind.system_id
        self.system_type = bind.system_type
        self.interface_version = bind.interface_version
        self.peer = session.connection.peer
        self.bound_at = bound_at  # by the server's clock
        self._session = session

    @property
    def open(self) -> bool:
        """Whether anything can still be written."""
        return self._session.connection.open

    @property
    def capacity(self) -> int:
        """How many messages may be delivered now; 0 to a transmitter or one that reads slowly."""
        return self._session.capacity

    @property
    def window_in_use(self) -> int:
        """How many delivered messages are unanswered."""
        return len(self._session.window)

    def deliver(self, batch: Sequence[tuple[K, DeliverSm | DataSm]]) -> int:
        """Write the first of the batch in one write, as many as `capacity` lets; say how many.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self._session.request(batch)

    def answer(self, responses: Sequence[Pdu]) -> bool:
        """Answer what was submitted; say whether the session still stood.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self._session.answer(responses)

    def send(self, pdus: Sequence[Pdu]) -> None:
        """Write PDUs as they are, outside the window. For a simulator's unruly peers."""
        self._session.connection.send(pdus)

    def write(self, octets: bytes) -> None:
        """Write octets as they are. For a simulator's unruly peers."""
        self._session.connection.write(octets)

    def unbind(self) -> None:
        """Ask the ESME to leave."""
        self._session.unbind()

    def close(self, reason: str) -> None:
        """Write what is left and close."""
        self._session.close(reason)

    def abort(self, reason: str) -> None:
        """Close at once."""
        self._session.abort(reason)


class Guest(Generic[Identity, K]):
    """A connection to the server, from the accept to the end: unbound first, then bound."""

    def __init__(
        self,
        owner: ServerOwner[Identity, K],
        settings: ServerSettings,
        clock: Callable[[], float],
        on_opened: "Callable[[Guest[Identity, K]], None]",
        on_over: "Callable[[Guest[Identity, K]], None]",
        asked: "Callable[[ServerSession[Identity, K], Sequence[Ancillary]], None] | None" = None,
        misdeeds: Counter[Misdeed] | None = None,
        outbind: Callable[[Outbind, str], None] | None = None,
    ) -> None:
        self.session: Session[K, Asked, Delivered] = Session(
            self,
            takes=_TAKES if asked is None else _OFFERS,
            awaits=_AWAITS,
            window=1,
            timers=settings.timers,
            clock=clock,
            octets_before_bind=settings.octets_before_bind,
            most_owed=settings.most_owed,
            misdeeds=misdeeds,
        )
        self.bound: ServerSession[Identity, K] | None = None
        self.is_handed_over = False
        self._owner = owner
        self._settings = settings
        self._clock = clock
        self._on_opened = on_opened
        self._on_over = on_over
        self._asked = asked
        self._outbind = outbind
        self._admission: asyncio.Task[None] | None = None

    # -- what the session calls

    def opened(self) -> None:
        """Tell the server."""
        self._on_opened(self)

    def binding(self, pdu: BindPdu) -> None:
        """Have the bind examined; one at a time."""
        if isinstance(pdu, Outbind):
            if self._outbind is not None:
                self._outbind(pdu, self.session.connection.peer)
            self.session.close("an outbind: we bind by a connection of our own")
            return
        if not isinstance(pdu, Bind):
            return
        if self._admission is not None:
            self._answer_bind(pdu, CommandStatus.ESME_RALYBND)
            return
        self._admission = asyncio.get_running_loop().create_task(self._admit(pdu))

    def responded(self, results: Sequence[tuple[K, Delivered]]) -> None:
        """Hand on."""
        if self.bound is not None:
            self._owner.delivered(self.bound, results)

    def requested(self, pdus: Sequence[Asked]) -> None:
        """Hand on, the messages apart from the rarer operations."""
        if self.bound is None:
            return
        submitted = [pdu for pdu in pdus if isinstance(pdu, (SubmitSm, DataSm))]
        if submitted:
            self._owner.submitted(self.bound, submitted)
        if self._asked is not None and len(submitted) < len(pdus):
            rarer = [pdu for pdu in pdus if not isinstance(pdu, (SubmitSm, DataSm))]
            self._asked(self.bound, rarer)

    def in_doubt(self, keys: Sequence[K], why: str, *, silence: bool) -> None:  # noqa: ARG002 either way it is delivered again
        """Hand on."""
        if self.bound is not None:
            self._owner.in_doubt(self.bound, keys, why)

    def capacity_freed(self) -> None:
        """Hand on."""
        if self.bound is not None:
            self._owner.capacity_freed(self.bound)

    def ended(self, reason: str) -> None:
        """Tell the owner, if it knew the session, and the server."""
        if self._admission is not None:
            self._admission.cancel()
        if self.bound is not None:
            log.info(
                "session.closed", system_id=self.bound.system_id, peer=self.bound.peer, why=reason
            )
            self._owner.closed(self.bound, reason)
        self._on_over(self)

    # -- the bind

    async def _admit(self, bind: Bind) -> None:
        peer = self.session.connection.peer
        try:
            verdict: Accepted[Identity] | Refused | HandedOver = await self._owner.authenticate(
                bind, peer
            )
        except Exception:
            # A door: whatever failed behind it, the ESME is told to come back later.
            log.exception("bind.not_examined", system_id=bind.system_id, peer=peer)
            verdict = Refused(CommandStatus.ESME_RSYSERR)
        if not self.session.connection.open:
            return
        if isinstance(verdict, HandedOver):
            begin = verdict.adopt(self.session, lambda _: self._on_over(self))
            if begin is not None:
                self.is_handed_over = True
                self._answer_bind(bind, CommandStatus.ESME_ROK)
                begin()
                return
            verdict = Refused(CommandStatus.ESME_RALYBND)
        if isinstance(verdict, Refused):
            why = f"bind refused: {status_name(verdict.command_status)}"
            log.warning("bind.refused", system_id=bind.system_id, peer=peer, why=why)
            self._answer_bind(bind, verdict.command_status)
            self.session.close(why)
            return
        self.session.window = Window(verdict.window)
        if verdict.most_owed is not None:
            self.session.most_owed = verdict.most_owed
        self.session.bound(
            may_request=bind.bind_type is not BindType.TRANSMITTER,
            may_take=bind.bind_type is not BindType.RECEIVER,
        )
        self._answer_bind(bind, CommandStatus.ESME_ROK)
        self.bound = ServerSession(verdict.identity, bind, self.session, self._clock())
        log.info("session.bound", system_id=bind.system_id, peer=peer, bind_type=bind.bind_type)
        self._owner.bound(self.bound)

    def _answer_bind(self, bind: Bind, command_status: CommandStatus | int) -> None:
        # SMPP 3.4 §4.1.2: the version TLV is for those who bind as 3.4 or newer.
        tlvs: Tlvs = (
            {Tag.SC_INTERFACE_VERSION: b"\x34"}
            if command_status == CommandStatus.ESME_ROK and bind.interface_version >= 0x34
            else {}
        )
        name = self._settings.system_id if command_status == CommandStatus.ESME_ROK else ""
        answer = BindResp(bind.sequence_number, command_status, bind.bind_type, name, tlvs)
        self.session.connection.send([answer])
