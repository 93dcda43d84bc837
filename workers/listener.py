"""Our SMPP server: customers' ESMEs bind, send, and get their receipts and inbound messages."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

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
from smsc.messaging.directory import Directory
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
    ServerSettings,
    SmppServer,
)
from smsc.smpp.server_session import Delivered, Submitted
from workers.esme_deliveries import Delivery, Esme, EsmeDeliveries, Session

log = structlog.get_logger()

CREDENTIALS_SECONDS: Final = 1.0  # a revoked one is used no longer than two seconds
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
        self._database = database
        self._directory = directory
        self._bells = bells
        self._outbound = outbound
        self._server: SmppServer[Esme, Delivery] = SmppServer(
            self, ServerSettings(system_id="smsc")
        )
        self._deliveries = EsmeDeliveries(process_sid, database, lambda: self._server.sessions)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def sessions(self) -> int:
        """How many ESMEs are bound, for the metrics."""
        return len(self._server.sessions)

    @property
    def port(self) -> int:
        """The port that we listen on."""
        return self._server.port

    @property
    def ports(self) -> list[int]:
        """That port, and the one with TLS if there is one."""
        return self._server.ports

    def wake(self, _: str = "") -> None:
        """Look for what waits for bound ESMEs."""
        self._deliveries.wake()

    async def listen(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> None:
        """Take a port; another one for TLS.

        Raises:
            OSError: it is taken.
        """
        await self._server.start(host, port, ssl_context)

    async def run(self) -> None:
        """Serve bound ESMEs until cancelled; then unbind them, answered."""
        self._bells.answer_here(ESMES_CHANNEL, self.wake)
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._deliveries.run())
                parts.create_task(self._follow_credentials())
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.stop(DRAIN)
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._deliveries.drain()

    async def _follow_credentials(self) -> None:
        """Have those leave whose credential is revoked or whose account is not active any more."""
        told: set[Session] = set()
        while True:
            sessions = self._server.sessions
            try:
                unwelcome = await self._unwelcome(sessions) if sessions else set()
            except UNAVAILABLE as error:
                log.warning("credentials.unknown", error=str(error))
                unwelcome = set()
            for session in unwelcome & told:
                session.close("its credential is revoked, and it did not unbind")
            for session in unwelcome - told:
                log.info("esme.dismissed", system_id=session.system_id)
                session.unbind()
            told = unwelcome
            await asyncio.sleep(CREDENTIALS_SECONDS)

    async def _unwelcome(self, sessions: Sequence[Session]) -> set[Session]:
        async with self._database.single() as connection:
            rows = await connection.fetch(
                """
                SELECT c.sid FROM smpp_credentials c JOIN accounts a ON a.sid = c.account_sid
                WHERE c.sid = ANY($1::text[]) AND c.revoked_at IS NULL AND a.status = 'active'
                """,
                list({session.identity.credential_sid for session in sessions}),
            )
        welcome = {row[0] for row in rows}
        return {session for session in sessions if session.identity.credential_sid not in welcome}

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
        results: Sequence[tuple[Delivery, Delivered]],
    ) -> None:
        """Settle the rows whose last part is answered."""
        self._deliveries.answered(results)

    def in_doubt(
        self,
        session: Session,  # noqa: ARG002 the protocol's
        keys: Sequence[Delivery],
        why: str,  # noqa: ARG002 the protocol's
    ) -> None:
        """Give the rows back: the ESME may get them twice, but gets them."""
        self._deliveries.unanswered(keys)

    def capacity_freed(self, session: Session) -> None:  # noqa: ARG002 the protocol's
        """Deliver what was left for want of it."""
        self._deliveries.freed()

    def closed(self, session: Session, why: str) -> None:
        """Take note."""
        log.info("esme.left", system_id=session.system_id, why=why)

    # -- in

    async def _accept(self, session: Session, pdus: Sequence[Submitted]) -> None:
        try:
            statuses = await self._statuses(session.identity, pdus)
        except UNAVAILABLE as error:
            log.warning("submits.refused", count=len(pdus), error=str(error))
            statuses = [ServiceUnavailable()] * len(pdus)
        except Exception:
            # A door: what is not answered now is never answered, and its window stays shut.
            log.exception("submits.broken", count=len(pdus), system_id=session.system_id)
            statuses = [ServiceUnavailable()] * len(pdus)
        session.answer([_answer(pdu, status) for pdu, status in zip(pdus, statuses, strict=True)])

    async def _statuses(
        self, esme: Esme, pdus: Sequence[Submitted]
    ) -> Sequence[AcceptedMessage | GatewayError]:
        account = await self._directory.account(esme.account_sid)
        if account is None or account.status != "active":
            return [ServiceUnavailable("The account is not active.")] * len(pdus)
        return await self._outbound.accept_all(
            [read_submit(pdu, account, esme.credential_sid) for pdu in pdus]
        )


def _answer(pdu: Submitted, status: AcceptedMessage | GatewayError) -> SubmitSmResp | DataSmResp:
    make = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
    if isinstance(status, AcceptedMessage):
        return make(pdu.sequence_number, CommandStatus.ESME_ROK, status.sid)
    code = _STATUSES.get(type(status), CommandStatus.ESME_RSUBMITFAIL)
    return make(pdu.sequence_number, code)
