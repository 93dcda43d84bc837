"""One TCP or TLS connection of either role: octets to whole PDUs and back, in batches."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from struct import Struct
from typing import Literal, Protocol, TypeAlias, cast

import structlog

from smsc.smpp.misdeeds import Misdeed
from smsc.smpp.pdu import (
    HEADER_OCTETS,
    MAX_COMMAND_LENGTH,
    MalformedPdu,
    Pdu,
    decode,
    encode,
)
from smsc.smpp.refusals import refusal

log = structlog.get_logger()

_COMMAND_LENGTH = Struct(">I")
_FLUSH_SECONDS = 5.0  # what a peer that does not read may hold up a close
_WRITE_HIGH_WATER = 256 * 1024


Tap: TypeAlias = Callable[[Literal["out", "in"], bytes], None]  # whole PDUs, one or several


class ConnectionOwner(Protocol):
    """Whom a connection serves. Calls come from the event loop, in order, never nested."""

    def opened(self) -> None:
        """Take note that PDUs may be sent."""

    def received(self, pdus: list[Pdu]) -> None:
        """Take all PDUs of one read, in their order."""

    def writable_again(self) -> None:
        """Take note that the peer reads again."""

    def ended(self, reason: str) -> None:
        """Take note of the end, once; `reason` is a sentence's worth of words."""


class Connection(asyncio.Protocol):
    """Frames PDUs over partial and glued reads; one call to the owner a read, one write a batch.

    What cannot be a PDU ends this connection and nothing else. A PDU that contradicts itself is
    answered here, counted in `malformed`, and the connection goes on. While the peer does not
    read what we write, `writable` is False and we do not read what it writes.
    """

    def __init__(
        self,
        owner: ConnectionOwner,
        *,
        octets_before_bind: int | None = None,
        misdeeds: Counter[Misdeed] | None = None,
    ) -> None:
        self.malformed = 0
        self.writable = False
        self.reading_held = False  # by our owner, who is busy
        self.tap: Tap | None = None  # somebody watches
        self._misdeeds: Counter[Misdeed] = Counter() if misdeeds is None else misdeeds
        self._owner = owner
        self._allowance = octets_before_bind
        self._transport: asyncio.Transport | None = None
        self._partial = bytearray()
        self._wanted = 0  # how long `_partial` has to be before a look at it is worth while
        self._reason: str | None = None
        self._reading = True
        self._flush_timer: asyncio.TimerHandle | None = None

    # -- what the owner calls

    @property
    def peer(self) -> str:
        """The peer's address as `host:port`, or nothing before the connection."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return f"{name[0]}:{name[1]}" if name else ""

    @property
    def open(self) -> bool:
        """Whether PDUs may be sent."""
        return self._transport is not None and self._reason is None

    def send(self, pdus: Iterable[Pdu]) -> None:
        """Write these PDUs at once.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        self.write(b"".join([encode(pdu) for pdu in pdus]))

    def write(self, octets: bytes) -> None:
        """Write encoded PDUs at once; nothing once the connection is closed."""
        if self._transport is not None and self._reason is None:
            self._transport.write(octets)
            if self.tap is not None:
                self.tap("out", octets)

    def lift_allowance(self) -> None:
        """Let any number of octets come: the peer has proved who it is."""
        self._allowance = None

    def hold_reading(self, *, held: bool) -> None:
        """Stop reading while the owner has more than it can answer."""
        self.reading_held = held
        self._read_or_not()

    def close(self, reason: str) -> None:
        """Write what is left and close; the first reason given counts."""
        if self._reason is not None:
            return
        self._reason = reason
        if self._transport is not None:
            self._transport.close()
            loop = asyncio.get_running_loop()
            self._flush_timer = loop.call_later(_FLUSH_SECONDS, self._transport.abort)

    def abort(self, reason: str) -> None:
        """Close at once and forget what is unwritten."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport and tell the owner."""
        # uvloop's transports are ones without inheriting from asyncio's.
        self._transport = transport = cast("asyncio.Transport", transport)
        if self._reason is not None:  # closed while it was being made
            transport.abort()
            return
        transport.set_write_buffer_limits(high=_WRITE_HIGH_WATER)
        tcp = transport.get_extra_info("socket")
        if tcp is not None:
            with contextlib.suppress(OSError):  # the peer may be gone already
                tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.writable = True
        self._owner.opened()

    def data_received(self, data: bytes) -> None:
        """Cut the octets into PDUs and hand those over in one call."""
        if self._reason is not None:
            return
        if self._allowance is not None:
            self._allowance -= len(data)
            if self._allowance < 0:
                self._misdeeds[Misdeed.TOO_MUCH_BEFORE_BIND] += 1
                self.abort("the peer sent too much before its bind")
                return
        if self._partial:
            self._partial += data
            if len(self._partial) < self._wanted:
                return
            data = bytes(self._partial)
            self._partial.clear()
        pdus, start, garbage = self._cut(data)
        if self.tap is not None and start:
            self.tap("in", data[:start])
        if start < len(data) and not garbage:
            self._partial += data[start:]
        if pdus:
            self._owner.received(pdus)
        if garbage:
            self._misdeeds[Misdeed.NOT_A_PDU] += 1
            self.abort(garbage)

    def pause_writing(self) -> None:
        """Note that the peer reads too slowly."""
        self.writable = False
        self._read_or_not()

    def resume_writing(self) -> None:
        """Note that the peer reads again."""
        self.writable = True
        self._read_or_not()
        self._owner.writable_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner why the connection ended."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
        if self._reason is None:
            self._reason = (
                f"the connection was lost: {exc}" if exc else "the peer closed the connection"
            )
        self.writable = False
        self._partial.clear()
        self._owner.ended(self._reason)

    # -- framing

    def _cut(self, data: bytes) -> tuple[list[Pdu], int, str | None]:
        """Return the whole PDUs, where the rest begins, and why the rest is garbage, if it is."""
        pdus: list[Pdu] = []
        start, end = 0, len(data)
        self._wanted = 4
        while end - start >= 4:
            (command_length,) = _COMMAND_LENGTH.unpack_from(data, start)
            if not HEADER_OCTETS <= command_length <= MAX_COMMAND_LENGTH:
                head = data[start : start + 4]
                return pdus, start, f"command_length {command_length} ({head!r}) is no PDU's"
            stop = start + command_length
            if stop > end:
                self._wanted = command_length
                break
            try:
                pdus.append(decode(data[start:stop]))
            except MalformedPdu as fault:
                self._answer_malformed(fault)
            start = stop
        return pdus, start, None

    def _answer_malformed(self, fault: MalformedPdu) -> None:
        self.malformed += 1
        self._misdeeds[Misdeed.MALFORMED_PDU] += 1
        if self.malformed == 1:  # a peer that has one such PDU has thousands
            log.warning("pdu.malformed", peer=self.peer, why=str(fault))
        answer = refusal(fault.command_id, fault.sequence_number, fault.command_status)
        if answer is not None:
            self.send([answer])

    def _read_or_not(self) -> None:
        reading = self.writable and not self.reading_held
        if self._transport is None or reading == self._reading or self._transport.is_closing():
            return
        self._reading = reading
        if reading:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
