"""Our SMPP server: customers' ESMEs bind, send, and get their receipts and inbound messages."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.jobs import ESMES_CHANNEL, Bells
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.smpp.lockout import Lockout
from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import Bind
from smsc.smpp.server import Accepted, HandedOver, Refused, ServerSettings, SmppServer
from smsc.smpp.server_session import Delivered, Submitted
from smsc.smpp.session_owner import Ancillary
from workers.admission import Admission, BindRefusal, Esme
from workers.dial_in import DialIns
from workers.esme_ancillary import EsmeAncillary
from workers.esme_deliveries import Delivery, EsmeDeliveries, Session
from workers.esme_requests import EsmeRequests
from workers.pulse import pulse

log = structlog.get_logger()

CREDENTIALS_SECONDS: Final = 1.0  # a revoked one is used no longer than two seconds
DRAIN: Final = timedelta(seconds=5)


class Listener:
    """The sessions of one process. Implements `smsc.smpp.server.ServerOwner`."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        directory: Directory,
        bells: Bells,
        outbound: Outbound,
        lockout: Lockout | None = None,
        settings: ServerSettings | None = None,
        dial_ins: DialIns | None = None,
    ) -> None:
        self._bells = bells
        self._admission = Admission(process_sid, database, lockout, dial_ins)
        ancillary = EsmeAncillary(database, directory, bells)
        self._requests = EsmeRequests(directory, outbound, ancillary)
        self._server: SmppServer[Esme, Delivery] = SmppServer(
            self,
            settings or ServerSettings(system_id="smsc"),
            asked=self.asked,
            outbind=self._admission.outbind,
        )
        self._deliveries = EsmeDeliveries(process_sid, database, lambda: self._server.sessions)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def sessions(self) -> int:
        """How many ESMEs are bound, for the metrics."""
        return len(self._server.sessions)

    @property
    def connections(self) -> int:
        """How many peers are connected, bound or not, for the metrics."""
        return self._server.connections

    @property
    def misdeeds(self) -> Counter[Misdeed]:
        """What peers did wrong, by kind, since the start."""
        return self._server.misdeeds

    @property
    def refusals(self) -> Counter[BindRefusal]:
        """How many binds were refused, and why, since the start."""
        return self._admission.refusals

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
        """Have those leave whose credential is revoked, or who may not be bound so any more."""
        told: set[Esme] = set()
        while True:
            try:
                unwelcome = await self._admission.follow(self._esmes)
            except UNAVAILABLE as error:
                log.warning("credentials.unknown", error=str(error))
                unwelcome = set()
            for session in self._server.sessions:
                if session.identity in unwelcome & told:
                    session.close("its credential is revoked, and it did not unbind")
                elif session.identity in unwelcome:
                    log.info("esme.dismissed", system_id=session.system_id)
                    session.unbind()
            told = unwelcome
            await pulse(CREDENTIALS_SECONDS)

    def _esmes(self) -> list[Esme]:
        return [session.identity for session in self._server.sessions]

    # -- smsc.smpp.server.ServerOwner

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[Esme] | Refused | HandedOver:
        """Have the doorkeeper examine it."""
        return await self._admission.admit(bind, peer)

    def bound(self, session: Session) -> None:
        """Deliver what waited for it."""
        log.info("esme.bound", system_id=session.system_id, peer=session.peer)
        self.wake()

    def submitted(self, session: Session, pdus: Sequence[Submitted]) -> None:
        """Accept a read's worth of messages in one batch; they are answered after the commit."""
        self._begin(self._submit(session, pdus))

    def asked(self, session: Session, pdus: Sequence[Ancillary]) -> None:
        """Take the rarer operations of a read."""
        self._begin(self._ask(session, pdus))

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
        """Count it out."""
        log.info("esme.left", system_id=session.system_id, why=why)
        self._begin(self._admission.leave(session.identity))

    # -- inside

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _submit(self, session: Session, pdus: Sequence[Submitted]) -> None:
        session.answer(await self._requests.submit(session.identity, pdus))

    async def _ask(self, session: Session, pdus: Sequence[Ancillary]) -> None:
        session.answer(await self._requests.ask(session.identity, pdus))
