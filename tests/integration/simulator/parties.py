"""Who binds to the box in these tests: an ESME of ours that writes down what it is told."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from smsc.simulator import SimBox
from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.esme import Esme
from smsc.smpp.pdu import (
    BindType,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from smsc.sms.receipt import Receipt, parse
from smsc.sms.segments import split

PATIENCE_SECONDS = 30.0
PASSWORD = "secret"
US = "85510000001"


async def eventually(claim: Callable[[], object], what: str = "the claim") -> None:
    """Wait until `claim` holds, for a bounded time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"{what} did not come true"
        await asyncio.sleep(0.002)


class Customer:
    """Submits, answers what it receives with `command_status`, and remembers all."""

    def __init__(self, box: SimBox, config: BindConfig) -> None:
        self.command_status: int | None = CommandStatus.ESME_ROK  # None: no answer at all
        self.responses: dict[int, SubmitSmResp | GenericNack] = {}
        self.received_pdus: list[DeliverSm] = []
        self.doubtful: list[int] = []
        self.reasons: list[str] = []
        self.esme: Esme[int] = Esme(config, self)
        self._queue: list[tuple[int, SubmitSm]] = []
        self._count = 0
        self._box = box

    @property
    def receipts(self) -> list[Receipt]:
        return [parse(pdu.short_message) for pdu in self.received_pdus if pdu.esm_class & 0x04]

    @property
    def inbound(self) -> list[DeliverSm]:
        return [pdu for pdu in self.received_pdus if not pdu.esm_class & 0x04]

    def submit(
        self, to: str, text: str = "hello", *, registered_delivery: int = 1, count: int = 1
    ) -> None:
        """Submit `text` that many times; their responses come under 0, 1, 2 and so on."""
        for _ in range(count):
            for segment in split(text, reference=self._count):
                pdu = SubmitSm(
                    source_addr=US,
                    source_addr_ton=1,
                    source_addr_npi=1,
                    destination_addr=to,
                    dest_addr_ton=1,
                    dest_addr_npi=1,
                    esm_class=0x40 if segment.has_udh else 0,
                    data_coding=segment.data_coding,
                    registered_delivery=registered_delivery,
                    short_message=segment.user_data,
                )
                self._queue.append((self._count, pdu))
                self._count += 1
        self.capacity_freed()

    async def answered(self) -> list[int]:
        """Wait for all responses; return their statuses in the order of the submits."""
        await eventually(lambda: len(self.responses) == self._count, "a response to each")
        return [self.responses[key].command_status for key in range(self._count)]

    def responded(self, results: Sequence[tuple[int, SubmitSmResp | GenericNack]]) -> None:
        self.responses.update(results)

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None:
        answers: list[DeliverSmResp | DataSmResp] = []
        for pdu in pdus:
            assert isinstance(pdu, DeliverSm)
            if self.command_status is not None:
                answers.append(DeliverSmResp(pdu.sequence_number, self.command_status))
            self.received_pdus.append(pdu)
        self.esme.answer(session, answers)

    def in_doubt(self, keys: Sequence[int], why: str, *, silence: bool) -> None:
        assert silence == why.startswith("no response")
        self.doubtful.extend(keys)

    def state_changed(self, state: BindState, reason: str) -> None:
        if state is BindState.BACKING_OFF:
            self.reasons.append(reason)

    def capacity_freed(self) -> None:
        written = self.esme.submit(self._queue)
        del self._queue[:written]


@asynccontextmanager
async def customer(
    box: SimBox,
    *,
    system_id: str = "customer",
    password: str = PASSWORD,
    bind_type: BindType = BindType.TRANSCEIVER,
    is_welcome: bool = True,
) -> AsyncIterator[Customer]:
    """Keep a bind up while the block runs."""
    config = BindConfig(
        host="127.0.0.1",
        port=box.port,
        system_id=system_id,
        password=password,
        bind_type=bind_type,
        window=100,
        throughput=10_000.0,
        reconnect_first=timedelta(milliseconds=20),
        reconnect_longest=timedelta(milliseconds=50),
    )
    party = Customer(box, config)
    running = asyncio.create_task(party.esme.run())
    try:
        if is_welcome:
            await eventually(lambda: party.esme.state is BindState.BOUND, "the bind")
        yield party
    finally:
        await party.esme.stop(timedelta(0))
        await running
