"""A customer's program: an ESME on our engine that writes down what it is told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.esme import Esme
from smsc.smpp.pdu import (
    BindType,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from tests.integration.conftest import HANDSET, NUMBER
from tests.integration.workers.parts import PASSWORD, until


class Program:
    """Binds; answers each `deliver_sm` with `command_status`, or not at all when that is None."""

    def __init__(self, config: BindConfig) -> None:
        self.command_status: int | None = 0
        self.delivered: list[DeliverSm] = []
        self.unanswered: list[tuple[int, DeliverSm]] = []
        self.responses: dict[int, SubmitSmResp | GenericNack] = {}
        self.states: list[tuple[BindState, str]] = []
        self.esme: Esme[int] = Esme(config, self)
        self._count = 0

    @property
    def texts(self) -> list[str]:
        """What handsets wrote to it, if that was plain ASCII in one part."""
        return [pdu.short_message.decode() for pdu in self.delivered if not pdu.esm_class & 0x04]

    @property
    def receipts(self) -> list[str]:
        """The bodies of the receipts that it got."""
        return [pdu.short_message.decode() for pdu in self.delivered if pdu.esm_class & 0x04]

    async def submit(self, *pdus: SubmitSm) -> list[SubmitSmResp | GenericNack]:
        """Submit in one write and return the responses in the same order."""
        numbers = range(self._count, self._count + len(pdus))
        self._count += len(pdus)
        assert self.esme.submit(list(zip(numbers, pdus, strict=True))) == len(pdus)

        async def answered() -> bool:
            return all(number in self.responses for number in numbers)

        await until(answered)
        return [self.responses[number] for number in numbers]

    async def has_heard(self, count: int) -> bool:
        """Say whether so many `deliver_sm`s came."""
        return len(self.delivered) >= count

    # -- smsc.smpp.bind.EsmeOwner

    def responded(self, results: Sequence[tuple[int, SubmitSmResp | GenericNack]]) -> None:
        self.responses.update(results)

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None:
        for pdu in pdus:
            assert isinstance(pdu, DeliverSm)
            self.delivered.append(pdu)
            if self.command_status is None:
                self.unanswered.append((session, pdu))
            else:
                answer = DeliverSmResp(pdu.sequence_number, self.command_status)
                self.esme.answer(session, [answer])

    def in_doubt(self, keys: Sequence[int], why: str, *, silence: bool) -> None:
        """Nothing is submitted again."""

    def state_changed(self, state: BindState, reason: str) -> None:
        self.states.append((state, reason))

    def capacity_freed(self) -> None:
        """Nothing waits."""


@contextlib.asynccontextmanager
async def program(
    port: int,
    system_id: str = "clinic",
    *,
    password: str = PASSWORD,
    bind_type: BindType = BindType.TRANSCEIVER,
    command_status: int | None = 0,
    interface_version: int = 0x34,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Program]:
    """Bind until the end of the block; an abrupt end, as if the cable were pulled."""
    one = Program(
        BindConfig(
            host="127.0.0.1",
            port=port,
            system_id=system_id,
            password=password,
            bind_type=bind_type,
            window=100,
            throughput=10_000,  # known, so that nothing is held back at first
            interface_version=interface_version,
            reconnect_first=timedelta(milliseconds=50),
            ssl_context=ssl_context,
        )
    )
    one.command_status = command_status
    running = asyncio.create_task(one.esme.run())

    async def is_told() -> bool:
        return any(state in {BindState.BOUND, BindState.BACKING_OFF} for state, _ in one.states)

    try:
        await until(is_told)
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def submit_sm(text: str = "Hello", **fields: object) -> SubmitSm:
    """Make a `submit_sm` from the fixture's number to its handset."""
    facts: dict[str, object] = {
        "source_addr": NUMBER.lstrip("+"),
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "destination_addr": HANDSET.lstrip("+"),
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "short_message": text.encode(),
        "registered_delivery": 1,
    }
    return SubmitSm(**facts | fields)  # type: ignore[arg-type]
