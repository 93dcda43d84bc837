"""What comes back over a process's connectors, on its way to the one writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from smsc.db import Connection
from smsc.messaging.receiving.inbound import Taken
from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.receiving.receipts import Applied
from smsc.messaging.sending.leases import Lease
from smsc.messaging.sending.responses import Answer
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import Frame, Keeping
from smsc.smpp.pdu import DataSm, DeliverSm


class Origin(Protocol):
    """The session that a delivery came by."""

    def answer(self, deliveries: Sequence["Delivery"], command_status: int) -> None:
        """Answer all of them in one write, each once."""


class Delivery(NamedTuple):
    """A `deliver_sm` that waits for our answer, which waits for the commit."""

    content: ReceivedReceipt | ReceivedPart
    raw: bytes  # its message, for the quarantine
    request: DeliverSm | DataSm
    origin: Origin
    frame: Frame | None = None  # to be kept


@dataclass(frozen=True, slots=True)
class Doubt:
    """Segments that were written under `epoch` and will not be answered."""

    connector_sid: str
    segments: Sequence[tuple[str, int]]
    epoch: int
    why: str
    silence: bool  # the remote had its time; else the session or the process ended
    frames: Sequence[tuple[str, Frame]] = ()  # to be kept, with the SIDs of their messages


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Segments that were claimed under `lease` and not written after all: they wait again."""

    lease: Lease
    segments: Sequence[tuple[str, int]]


Item: TypeAlias = Answer | Doubt | Unwritten | Delivery
Settled: TypeAlias = dict[str, list[tuple[str, int]]]  # by connector: no longer in doubt


def answer(batch: Sequence[Item], command_status: int) -> None:
    """Answer the deliveries among these, each on the session that it came by."""
    by_origin: dict[Origin, list[Delivery]] = {}
    last: Origin | None = None
    mine: list[Delivery] = []
    for item in batch:
        if not isinstance(item, Delivery):
            continue
        if item.origin is not last:  # those of one read have one, which is looked up once
            last = item.origin
            mine = by_origin.setdefault(last, [])
        mine.append(item)
    for origin, deliveries in by_origin.items():
        origin.answer(deliveries, command_status)


def answers_and_receipts(batch: Sequence[Item]) -> tuple[list[Answer], list[ReceivedReceipt]]:
    """Return the answers among these, and the receipts."""
    answers: list[Answer] = []
    receipts: list[ReceivedReceipt] = []
    for item in batch:
        if isinstance(item, Answer):
            answers.append(item)
        elif isinstance(item, Delivery) and isinstance(item.content, ReceivedReceipt):
            receipts.append(item.content)
    return answers, receipts


def parts_of(batch: Sequence[Item]) -> list[ReceivedPart]:
    """Return the parts among these."""
    return [
        item.content
        for item in batch
        if isinstance(item, Delivery) and isinstance(item.content, ReceivedPart)
    ]


def deliveries_of(receipts: Sequence[ReceivedReceipt], batch: Sequence[Item]) -> list[Delivery]:
    """Return the deliveries among these that brought these receipts, each that very one."""
    if not receipts:
        return []
    brought = set(map(id, receipts))
    return [item for item in batch if isinstance(item, Delivery) and id(item.content) in brought]


def without(some: Sequence[Item], batch: Sequence[Item]) -> Sequence[Item]:
    """Return the others of a batch."""
    if not some:
        return batch
    these = set(map(id, some))
    return [item for item in batch if id(item) not in these]


def settled(batch: Sequence[Item]) -> Settled:
    """Return the segments of which the database knows the fate once these are committed."""
    found: Settled = {}
    for item in batch:
        if isinstance(item, Answer):
            found.setdefault(item.connector_sid, []).append((item.message_sid, item.number))
        elif isinstance(item, Doubt):
            found.setdefault(item.connector_sid, []).extend(item.segments)
        elif isinstance(item, Unwritten):
            found.setdefault(item.lease.connector_sid, []).extend(item.segments)
    return found


async def keep(
    connection: Connection, batch: Sequence[Item], applied: Applied, taken: Taken | None
) -> None:
    """Keep the PDUs of what has been written."""
    whose = {id(receipt): segment.message_sid for receipt, segment in applied.matched}
    if taken is not None:
        whose |= {id(message.alone): sid for message, sid in taken.placed if message.alone}
    await kept_pdus.keep(connection, _keepings(batch, whose))
    if taken is not None:
        await kept_pdus.adopt(connection, taken.threads)


def _keepings(batch: Sequence[Item], whose: dict[int, str]) -> list[Keeping]:
    """Gather the PDUs that are to be kept; most connectors keep none."""
    keepings: list[Keeping] = []
    for item in batch:
        if isinstance(item, Answer) and item.frames:
            keepings += [Keeping(item.connector_sid, item.message_sid, one) for one in item.frames]
        elif isinstance(item, Doubt) and item.frames:
            keepings += [Keeping(item.connector_sid, sid, frame) for sid, frame in item.frames]
        elif isinstance(item, Delivery) and item.frame is not None:
            content = item.content
            sid = whose.get(id(content))
            thread = content.thread if sid is None else None
            keepings.append(Keeping(content.connector_sid, sid, item.frame, thread))
    return keepings
