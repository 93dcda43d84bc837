"""The handsets of a SIM box: every number is one, the latest used are remembered."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from smsc.errors import ServiceUnavailable
from smsc.simulator import numbers
from smsc.simulator.inbox import Inbox, InboxMessage
from smsc.simulator.outbox import Delivery
from smsc.smpp.pdu import CommandStatus, DeliverSm, EsmClass, Tag
from smsc.smpp.pdu.operations import write_sar
from smsc.sms.segments import Segment, split
from smsc.sms.text_style import TextStyle

PATIENCE: Final = timedelta(seconds=10)


class SentMessage:
    """A message that a handset sent, until the ESME has answered all its segments."""

    def __init__(self, sender: str, to: str, text: str, segments: int) -> None:
        self.sender = sender
        self.to = to
        self.text = text
        self.command_statuses: list[int | None] = [None] * segments  # None: not settled yet
        self._all_settled = asyncio.Event()

    @property
    def is_settled(self) -> bool:
        """Whether every segment was answered OK or refused for good."""
        return None not in self.command_statuses

    @property
    def is_acknowledged(self) -> bool:
        """Whether every segment was answered OK."""
        return all(status == CommandStatus.ESME_ROK for status in self.command_statuses)

    async def wait(self, within: timedelta = PATIENCE) -> None:
        """Wait until all is settled.

        Raises:
            TimeoutError: it is not within that time.
        """
        async with asyncio.timeout(within.total_seconds()):
            await self._all_settled.wait()

    def settle(self, index: int, command_status: int) -> None:
        """Note the answer to one segment, counted from 0."""
        self.command_statuses[index] = command_status
        if self.is_settled:
            self._all_settled.set()


Dispatch = Callable[[str, Sequence[Delivery]], bool]


class Handset:
    """A phone with one number."""

    def __init__(
        self, number: str, dispatch: Dispatch, most_messages: int, style: Callable[[], TextStyle]
    ) -> None:
        self.number = numbers.display(number)
        self.inbox = Inbox(most_messages)
        self.sent = 0
        self._dispatch = dispatch
        self._style = style

    @property
    def messages(self) -> list[InboxMessage]:
        """What it has received, oldest first; the latest ones only."""
        return self.inbox.messages

    def submit(self, to: str, text: str) -> SentMessage:
        """Send an SMS; it waits while no receiver is bound. See `send`.

        Raises:
            ServiceUnavailable: too much waits already.
            ValueError: the text needs more than 255 segments.
        """
        segments = split(text, self.sent, self._style())
        source, destination = numbers.smpp_address(self.number), numbers.smpp_address(to)
        message = SentMessage(self.number, numbers.display(to), text, len(segments))

        def settles(index: int) -> Callable[[int], None]:
            return lambda command_status: message.settle(index, command_status)

        deliveries = [
            Delivery(
                DeliverSm(
                    source_addr=source.addr,
                    source_addr_ton=source.ton,
                    source_addr_npi=source.npi,
                    destination_addr=destination.addr,
                    dest_addr_ton=destination.ton,
                    dest_addr_npi=destination.npi,
                    esm_class=EsmClass.UDH_INDICATOR if segment.has_udh else 0,
                    data_coding=segment.data_coding,
                    short_message=b"" if segment.is_payload else segment.user_data,
                    tlvs=_tlvs(segment),
                ),
                settles(segment.number - 1),
            )
            for segment in segments
        ]
        if not self._dispatch(destination.addr, deliveries):
            raise ServiceUnavailable("Too many messages wait for a receiver to bind.")
        self.sent += 1
        return message

    async def send(self, to: str, text: str, within: timedelta = PATIENCE) -> SentMessage:
        """Send an SMS and wait until the ESME has answered.

        Raises:
            TimeoutError: it has not within that time; the message waits on.
            ServiceUnavailable: too much waits already.
            ValueError: the text needs more than 255 segments.
        """
        message = self.submit(to, text)
        await message.wait(within)
        return message

    async def wait_for(self, count: int, within: timedelta = PATIENCE) -> list[InboxMessage]:
        """Wait until `count` messages have come, ever; return those kept.

        Raises:
            TimeoutError: they don't come within that time.
        """
        return await self.inbox.wait_for(count, within)


def _tlvs(segment: Segment) -> dict[int, bytes]:
    tlvs = {} if segment.sar is None else write_sar(*segment.sar)
    if segment.is_payload:
        tlvs[Tag.MESSAGE_PAYLOAD] = segment.user_data
    return tlvs


class Handsets:
    """At most so many handsets; the one that was used longest ago is forgotten first."""

    def __init__(self, dispatch: Dispatch, most_handsets: int, most_messages: int) -> None:
        self.style = TextStyle()  # how they write
        self._dispatch = dispatch
        self._most_handsets = most_handsets
        self._most_messages = most_messages
        self._by_key: OrderedDict[str, Handset] = OrderedDict()

    def get(self, number: str) -> Handset:
        """Return the handset with this number, with or without `+`."""
        key = numbers.key(number)
        handset = self._by_key.get(key)
        if handset is None:
            handset = self._by_key[key] = Handset(
                number,
                self._dispatch,
                self._most_messages,
                lambda: self.style,
            )
            if len(self._by_key) > self._most_handsets:
                self._by_key.popitem(last=False)
        else:
            self._by_key.move_to_end(key)
        return handset

    def all(self) -> list[Handset]:
        """Return all, the latest used first."""
        return list(reversed(self._by_key.values()))

    def clear(self) -> None:
        """Forget all of them and their messages."""
        self._by_key.clear()
