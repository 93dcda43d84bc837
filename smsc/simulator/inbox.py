"""What a handset has received: segments in, whole messages out, the latest ones kept."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from smsc.simulator.numbers import display
from smsc.smpp.pdu import DataSm, SubmitSm
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import PartKey, join, read_part
from smsc.sms.decoding import decode_text, is_default_alphabet
from smsc.sms.packing import unpack

_MOST_PARTIAL: Final = 20  # long messages of which segments are missing

Submitted = SubmitSm | DataSm


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A whole message; `number` counts from 1 a handset and is never given twice."""

    number: int
    source_addr: str  # as it came
    octets: bytes  # joined, without headers
    data_coding: int
    alphabet: Alphabet
    segments: int
    received_at: float  # seconds since the epoch

    @property
    def sender(self) -> str:
        """From whom, with `+` where it is an international number."""
        return display(self.source_addr)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return decode_text(self.octets, self.data_coding, self.alphabet)

    @property
    def at(self) -> datetime:
        """When its last segment came."""
        return datetime.fromtimestamp(self.received_at, UTC)


class Inbox:
    """The latest messages of one handset. Segments come in any order; a repeated one is no news."""

    def __init__(self, most_messages: int) -> None:
        self.received = 0  # messages, ever
        self._messages: deque[InboxMessage] = deque(maxlen=most_messages)
        self._partial: OrderedDict[tuple[str, PartKey], dict[int, bytes]] = OrderedDict()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def messages(self) -> list[InboxMessage]:
        """The messages that are kept, oldest first."""
        return list(self._messages)

    def after(self, number: int) -> list[InboxMessage]:
        """Return the kept messages that came after the one with this number."""
        return [message for message in self._messages if message.number > number]

    def take(self, pdu: Submitted, alphabet: Alphabet, now: float, *, packed: bool = False) -> None:
        """Take one segment; `alphabet` is what data_coding 0 means to the sender."""
        part = read_part(pdu.message_octets, has_udh=pdu.has_udh, sar=pdu.sar)
        payload = part.payload
        if packed and is_default_alphabet(pdu.data_coding):
            payload = unpack(payload, header_octets=part.header_octets)
        if part.total == 1:
            self._keep(pdu, payload, 1, alphabet, now)
            return
        key = (pdu.source_addr, part.key)
        parts = self._partial.setdefault(key, {})
        parts[part.number] = payload
        self._partial.move_to_end(key)
        if len(parts) == part.total:
            del self._partial[key]
            octets, _ = join(parts, part.total)
            self._keep(pdu, octets, part.total, alphabet, now)
        elif len(self._partial) > _MOST_PARTIAL:
            self._partial.popitem(last=False)

    async def wait_for(self, count: int, within: timedelta) -> list[InboxMessage]:
        """Wait until `count` messages have come, ever; return those kept.

        Raises:
            TimeoutError: they don't come within that time.
        """
        async with asyncio.timeout(within.total_seconds()):
            while self.received < count:
                arrival = asyncio.get_running_loop().create_future()
                self._waiting.append(arrival)
                await arrival
        return self.messages

    def _keep(
        self, pdu: Submitted, octets: bytes, segments: int, alphabet: Alphabet, now: float
    ) -> None:
        self.received += 1
        self._messages.append(
            InboxMessage(
                self.received, pdu.source_addr, octets, pdu.data_coding, alphabet, segments, now
            )
        )
        waiting, self._waiting = self._waiting, []
        for arrival in waiting:
            if not arrival.done():
                arrival.set_result(None)
