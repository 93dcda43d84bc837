"""Our SMPP server: customers' ESMEs bind, send, and get their receipts and inbound messages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from smsc import vault
from smsc.db import UNAVAILABLE, Database
from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    GatewayError,
    InvalidDestination,
    InvalidSender,
    NoRoute,
    QueueFull,
    SameAddress,
    SenderNotOwned,
    SenderRequired,
    ServiceUnavailable,
)
from smsc.jobs import ESMES_CHANNEL, Bells
from smsc.messaging import esme_outbox
from smsc.messaging.directory import Directory
from smsc.messaging.esme_outbox import Owed
from smsc.messaging.group_commit import GroupCommit
from smsc.messaging.outbound import Accepted as AcceptedMessage
from smsc.messaging.outbound import Outbound
from smsc.messaging.submitted import read_submit
from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSmResp,
    SubmitSm,
    SubmitSmResp,
)
from smsc.smpp.server import (
    Accepted,
    Refused,
    ServerSession,
    ServerSettings,
    SmppServer,
)
from smsc.smpp.server_session import Delivered, Submitted
from smsc.sms.command_status import Verdict, verdict

log = structlog.get_logger()

SWEEP_SECONDS: Final = 1.0
DRAIN: Final = timedelta(seconds=5)
# Verified against when the system_id is unknown, so that both refusals take as long.
_NOBODYS_PASSWORD: Final = vault.hash_password("nobody's")

_STATUSES: Final[dict[type[GatewayError], CommandStatus]] = {
    DestinationRequired: CommandStatus.ESME_RINVDSTADR,
    InvalidDestination: CommandStatus.ESME_RINVDSTADR,
    NoRoute: CommandStatus.ESME_RINVDSTADR,
    SameAddress: CommandStatus.ESME_RINVDSTADR,
    InvalidSender: CommandStatus.ESME_RINVSRCADR,
    SenderNotOwned: CommandStatus.ESME_RINVSRCADR,
    SenderRequired: CommandStatus.ESME_RINVSRCADR,
    BodyRequired: CommandStatus.ESME_RINVMSGLEN,
    BodyTooLong: CommandStatus.ESME_RINVMSGLEN,
    QueueFull: CommandStatus.ESME_RMSGQFUL,
    ServiceUnavailable: CommandStatus.ESME_RSYSERR,
}


@dataclass(frozen=True, slots=True)
class Esme:
    """Whose session it is."""

    credential_sid: str
    account_sid: str
    window: int


@dataclass(slots=True)
class _Outstanding:
    """A claimed row whose `deliver_sm`s are written and not all answered."""

    unanswered: int
    worst: Verdict = Verdict.OK


@dataclass(frozen=True, slots=True)
class _Settled:
    """What became of a claimed row."""

    id: int
    verdict: Verdict | None  # None: its session ended


Session: TypeAlias = ServerSession[Esme, int]


class Listener:
    """The sessions of one process. Implements `smsc.smpp.server.ServerOwner`."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        directory: Directory,
        bells: Bells,
        outbound: Outbound,
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._directory = directory
        self._bells = bells
        self._outbound = outbound
        self._server: SmppServer[Esme, int] = SmppServer(self, ServerSettings(system_id="smsc"))
        self._outstanding: dict[int, _Outstanding] = {}
        self._settlements = GroupCommit(self._settle, writers=1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    @property
    def sessions(self) -> int:
        """How many ESMEs are bound, for the metrics."""
        return len(self._server.sessions)

    @property
    def port(self) -> int:
        """The port that we listen on."""
        return self._server.port

    def wake(self, _: str = "") -> None:
        """Look for what waits for bound ESMEs."""
        self._woken.set()

    async def listen(self, host: str, port: int) -> None:
        """Take the port.

        Raises:
            OSError: it is taken.
        """
        await self._server.start(host, port)

    async def run(self) -> None:
        """Deliver to bound ESMEs until cancelled; then unbind them, answered."""
        self._bells.answer_here(ESMES_CHANNEL, self.wake)
        try:
            while True:
                self._woken.clear()
                try:
                    await self._deliver()
                except UNAVAILABLE as error:
                    log.warning("esme_deliveries.delayed", error=str(error))
                try:
                    async with asyncio.timeout(SWEEP_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.stop(DRAIN)
            await self._settlements.drain()

    # -- smsc.smpp.server.ServerOwner

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[Esme] | Refused:
        """Compare the password; the same refusal whichever of the two is wrong."""
        async with self._database.single() as connection:
            row = await connection.fetchrow(
                """
                SELECT c.sid, c.account_sid, c.password_hash, c.window_size
                FROM smpp_credentials c JOIN accounts a ON a.sid = c.account_sid
                WHERE c.system_id = $1 AND c.revoked_at IS NULL AND a.status = 'active'
                """,
                bind.system_id,
            )
        hashed = _NOBODYS_PASSWORD if row is None else row["password_hash"]
        matches = await asyncio.to_thread(vault.password_matches, bind.password, hashed)
        if row is None or not matches:
            log.warning("esme.refused", system_id=bind.system_id, peer=peer)
            return Refused(CommandStatus.ESME_RINVPASWD)
        window = row["window_size"]
        return Accepted(Esme(row["sid"], row["account_sid"], window), window=window)

    def bound(self, session: Session) -> None:
        """Deliver what waited for it."""
        log.info("esme.bound", system_id=session.system_id, peer=session.peer)
        self.wake()

    def submitted(self, session: Session, pdus: Sequence[Submitted]) -> None:
        """Accept a read's worth of messages in one batch; they are answered after the commit."""
        task = asyncio.get_running_loop().create_task(self._accept(session, pdus))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def delivered(
        self,
        session: Session,  # noqa: ARG002 the protocol's
        results: Sequence[tuple[int, Delivered]],
    ) -> None:
        """Settle the rows whose last part is answered."""
        for row_id, response in results:
            self._count(row_id, verdict(response.command_status))
        self.wake()

    def in_doubt(
        self,
        session: Session,  # noqa: ARG002 the protocol's
        keys: Sequence[int],
        why: str,  # noqa: ARG002 the protocol's
    ) -> None:
        """Give the rows back: the ESME may get them twice, but gets them."""
        for row_id in set(keys):
            if self._outstanding.pop(row_id, None) is not None:
                self._settlements.offer(_Settled(row_id, None)).add_done_callback(_heed)

    def capacity_freed(self, session: Session) -> None:  # noqa: ARG002 the protocol's
        """Look for more."""
        self.wake()

    def closed(self, session: Session, why: str) -> None:
        """Take note."""
        log.info("esme.left", system_id=session.system_id, why=why)

    # -- in

    async def _accept(self, session: Session, pdus: Sequence[Submitted]) -> None:
        esme = session.identity
        account = await self._directory.account(esme.account_sid)
        if account is None or account.status != "active":
            statuses: list[AcceptedMessage | GatewayError] = [
                ServiceUnavailable("the account is not active") for _ in pdus
            ]
        else:
            drafts = [read_submit(pdu, account, esme.credential_sid) for pdu in pdus]
            statuses = await self._outbound.accept_all(drafts)
        session.answer([_answer(pdu, status) for pdu, status in zip(pdus, statuses, strict=True)])

    # -- out

    async def _deliver(self) -> None:
        sessions = self._server.sessions
        room = esme_outbox.room_of((s.identity.credential_sid, s.capacity) for s in sessions)
        if not room:
            return
        for owed in await esme_outbox.claim(self._database, self._sid, room):
            mine = [s for s in sessions if s.identity.credential_sid == owed.smpp_credential_sid]
            self._write(max(mine, key=lambda session: session.capacity), owed)

    def _write(self, session: Session, owed: Owed) -> None:
        """Write a row's parts, or give it back until they fit; freed capacity looks again."""
        pdus = owed.to_pdus(most=session.identity.window)
        if session.capacity >= len(pdus):
            self._outstanding[owed.id] = _Outstanding(len(pdus))
            session.deliver([(owed.id, pdu) for pdu in pdus])
        else:
            self._settlements.offer(_Settled(owed.id, None)).add_done_callback(_heed)

    def _count(self, row_id: int, answer: Verdict) -> None:
        outstanding = self._outstanding.get(row_id)
        if outstanding is None:
            return
        outstanding.unanswered -= 1
        if answer is not Verdict.OK:
            outstanding.worst = answer
        if outstanding.unanswered == 0:
            del self._outstanding[row_id]
            settled = _Settled(row_id, outstanding.worst)
            self._settlements.offer(settled).add_done_callback(_heed)

    async def _settle(self, batch: Sequence[_Settled]) -> None:
        done = [s.id for s in batch if s.verdict in {Verdict.OK, Verdict.PERMANENT}]
        again = [s.id for s in batch if s.verdict is None]
        later = [s.id for s in batch if s.verdict is not None and s.id not in done]
        async with self._database.begin() as connection:
            await esme_outbox.settle(connection, done, later, again)


def _answer(pdu: Submitted, status: AcceptedMessage | GatewayError) -> SubmitSmResp | DataSmResp:
    make = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
    if isinstance(status, AcceptedMessage):
        return make(pdu.sequence_number, CommandStatus.ESME_ROK, status.sid)
    code = _STATUSES.get(type(status), CommandStatus.ESME_RSUBMITFAIL)
    return make(pdu.sequence_number, code)


def _heed(settlement: asyncio.Future[None]) -> None:
    """Log what could not be written; the claim runs out and the row is delivered again."""
    if not settlement.cancelled() and settlement.exception() is not None:
        log.warning("esme_delivery.unsettled", error=str(settlement.exception()))
