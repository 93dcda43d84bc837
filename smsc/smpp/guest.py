"""A connection to our server, from the accept to the end: a stranger first, then bound."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

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
    DeliverSmResp,
    GenericNack,
    Outbind,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    Tag,
    Tlvs,
    status_name,
)
from smsc.smpp.server_session import (
    Accepted,
    Asked,
    Delivered,
    HandedOver,
    Refused,
    ServerOwner,
    ServerSession,
    ServerSettings,
)
from smsc.smpp.session import Session
from smsc.smpp.session_owner import Ancillary, BindPdu
from smsc.smpp.window import Window

log = structlog.get_logger()

Identity = TypeVar("Identity")
K = TypeVar("K")

# Whom an OUTBIND of a peer at `host:port` concerns; None: nobody.
Outbinds: TypeAlias = Callable[[Outbind, str], Awaitable[HandedOver | None]]

_TAKES: tuple[type[Asked], ...] = (SubmitSm, DataSm)
_OFFERS: tuple[type[Asked], ...] = (*_TAKES, SubmitMulti, QuerySm, CancelSm, ReplaceSm)
_AWAITS: tuple[type[Delivered], ...] = (DeliverSmResp, DataSmResp, GenericNack)


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
        outbind: Outbinds | None = None,
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
        """Have a bind, or the wish for one of ours, examined; one at a time."""
        if not isinstance(pdu, Bind | Outbind):
            return
        if self._admission is None:
            admission = self._admit(pdu) if isinstance(pdu, Bind) else self._answer_outbind(pdu)
            self._admission = asyncio.get_running_loop().create_task(admission)
        elif isinstance(pdu, Bind):
            self._answer_bind(pdu, CommandStatus.ESME_RALYBND)

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
            begin = self._hand_over(verdict)
            if begin is not None:
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
            self.session.intake.most_owed = verdict.most_owed
        self.session.bound(
            may_request=bind.bind_type is not BindType.TRANSMITTER,
            may_take=bind.bind_type is not BindType.RECEIVER,
        )
        self._answer_bind(bind, CommandStatus.ESME_ROK)
        self.bound = ServerSession(verdict.identity, bind, self.session, self._clock())
        log.info("session.bound", system_id=bind.system_id, peer=peer, bind_type=bind.bind_type)
        self._owner.bound(self.bound)

    async def _answer_outbind(self, outbind: Outbind) -> None:
        """Let whom it concerns bind over this connection; SMPP has no other answer to it.

        Source: SMPP 3.4 §2.2.1, §4.1.7.
        """
        peer = self.session.connection.peer
        verdict: HandedOver | None = None
        if self._outbind is not None:
            try:
                verdict = await self._outbind(outbind, peer)
            except Exception:
                # A door: the SMSC will ask again.
                log.exception("outbind.not_examined", system_id=outbind.system_id, peer=peer)
        if not self.session.connection.open:
            return
        begin = None if verdict is None else self._hand_over(verdict)
        if begin is None:
            log.warning("outbind.refused", system_id=outbind.system_id, peer=peer)
            self.session.close("an outbind that nobody answers")
            return
        begin()

    def _hand_over(self, verdict: HandedOver) -> Callable[[], None] | None:
        begin = verdict.adopt(self.session, lambda _: self._on_over(self))
        self.is_handed_over = begin is not None
        return begin

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
