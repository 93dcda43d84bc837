"""The two parties of the session tests: an SMSC and an ESME that write down what they are told."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.esme import Esme
from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from smsc.smpp.server import Accepted, Refused, ServerSession, ServerSettings, SmppServer

PASSWORD = "s3cret"
PATIENCE_SECONDS = 10.0

Delivered = DeliverSmResp | DataSmResp | GenericNack


async def eventually(claim: Callable[[], object], what: str = "the claim") -> None:
    """Wait until `claim` holds, for a bounded time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"{what} did not come true"
        await asyncio.sleep(0.002)


@dataclass
class Smsc:
    """A server's owner. It answers what is submitted at once, unless told not to."""

    answers: bool = True
    window: int = 10
    status: int = CommandStatus.ESME_ROK
    slow_authentication: asyncio.Event | None = None
    passwords_seen: list[str] = field(default_factory=list)
    sessions: list[ServerSession[str, str]] = field(default_factory=list)
    pdus: list[SubmitSm | DataSm] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    most_unanswered: int = 0
    results: list[tuple[str, Delivered]] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    freed: int = 0
    unanswered: list[SubmitSm | DataSm] = field(default_factory=list)

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str] | Refused:
        assert peer.startswith("127.0.0.1:")
        self.passwords_seen.append(bind.password)
        if self.slow_authentication is not None:
            await self.slow_authentication.wait()
        if bind.system_id == "boom":
            raise RuntimeError("the database is away")
        if bind.password != PASSWORD:
            return Refused(CommandStatus.ESME_RINVPASWD)
        return Accepted(bind.system_id, self.window)

    def bound(self, session: ServerSession[str, str]) -> None:
        self.sessions.append(session)

    def submitted(
        self, session: ServerSession[str, str], pdus: Sequence[SubmitSm | DataSm]
    ) -> None:
        self.pdus += pdus
        self.batches.append(len(pdus))
        self.unanswered += pdus
        self.most_unanswered = max(self.most_unanswered, len(self.unanswered))
        if self.answers:
            self.answer_all(session)

    def answer_all(self, session: ServerSession[str, str]) -> bool:
        """Answer all that waits, in one write."""
        pdus, self.unanswered = self.unanswered, []
        return session.answer([self._response(pdu) for pdu in pdus])

    def _response(self, pdu: SubmitSm | DataSm) -> SubmitSmResp | DataSmResp:
        message_id = f"id-{pdu.message_octets.decode()}" if not self.status else ""
        shape = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
        return shape(pdu.sequence_number, self.status, message_id)

    def delivered(
        self, _session: ServerSession[str, str], results: Sequence[tuple[str, Delivered]]
    ) -> None:
        self.results += results

    def in_doubt(self, _session: ServerSession[str, str], keys: Sequence[str], _why: str) -> None:
        self.doubtful += keys

    def capacity_freed(self, _session: ServerSession[str, str]) -> None:
        self.freed += 1

    def closed(self, _session: ServerSession[str, str], why: str) -> None:
        self.ends.append(why)


@dataclass
class Customer:
    """A bind's owner. It answers what it receives at once, unless told not to."""

    answers: bool = True
    esme: Esme[str] | None = None
    results: list[tuple[str, SubmitSmResp | GenericNack]] = field(default_factory=list)
    pdus: list[tuple[int, DeliverSm | DataSm]] = field(default_factory=list)
    doubtful: list[tuple[str, str]] = field(default_factory=list)
    states: list[tuple[BindState, str]] = field(default_factory=list)
    freed: int = 0
    waiting: list[tuple[str, SubmitSm]] = field(default_factory=list)
    most_in_flight: int = 0

    def responded(self, results: Sequence[tuple[str, SubmitSmResp | GenericNack]]) -> None:
        self.results += results

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None:
        self.pdus += [(session, pdu) for pdu in pdus]
        if self.answers and self.esme is not None:
            self.esme.answer(
                session,
                [
                    (DeliverSmResp if isinstance(pdu, DeliverSm) else DataSmResp)(
                        pdu.sequence_number
                    )
                    for pdu in pdus
                ],
            )

    def in_doubt(self, keys: Sequence[str], why: str, *, silence: bool) -> None:
        assert silence == why.startswith("no response")
        self.doubtful += [(key, why) for key in keys]

    def state_changed(self, state: BindState, reason: str) -> None:
        self.states.append((state, reason))

    def capacity_freed(self) -> None:
        self.freed += 1
        self.pump()

    def send(self, *names: str) -> None:
        """Queue one message a name, and submit what may go."""
        self.waiting += [(name, submit_sm(name)) for name in names]
        self.pump()

    def pump(self) -> None:
        """Submit what the bind lets go now."""
        if self.esme is not None and self.waiting:
            written = self.esme.submit(self.waiting)
            del self.waiting[:written]
            self.most_in_flight = max(self.most_in_flight, self.esme.window_in_use)


def submit_sm(name: str) -> SubmitSm:
    """Make a message whose text is its name."""
    return SubmitSm(
        source_addr="1000",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="85512345678",
        registered_delivery=1,
        short_message=name.encode(),
    )


@asynccontextmanager
async def serving(
    smsc: Smsc, settings: ServerSettings | None = None, port: int = 0
) -> AsyncIterator[SmppServer[str, str]]:
    """Run a server on the loopback."""
    server: SmppServer[str, str] = SmppServer(smsc, settings)
    await server.start("127.0.0.1", port)
    try:
        yield server
    finally:
        await server.stop(timedelta(seconds=1))


def config(port: int, **changes: object) -> BindConfig:
    """Make the settings of a bind whose delays are short."""
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "esme",
        "password": PASSWORD,
        "reconnect_first": timedelta(milliseconds=10),
        "reconnect_longest": timedelta(milliseconds=50),
    }
    return BindConfig(**(settings | changes))  # type: ignore[arg-type]  # typed at each caller


@asynccontextmanager
async def binding(customer: Customer, settings: BindConfig) -> AsyncIterator[Esme[str]]:
    """Keep a bind up."""
    esme: Esme[str] = Esme(settings, customer)
    customer.esme = esme
    running = asyncio.create_task(esme.run(), name="bind")
    try:
        yield esme
    finally:
        await esme.stop(timedelta(seconds=1))
        await asyncio.wait([running])
        if not running.cancelled():
            running.result()


@asynccontextmanager
async def bound(customer: Customer, settings: BindConfig) -> AsyncIterator[Esme[str]]:
    """Keep a bind up; begin when it is bound."""
    async with binding(customer, settings) as esme:
        await eventually(lambda: esme.state is BindState.BOUND, "the bind")
        yield esme
