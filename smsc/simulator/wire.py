"""What lies between a simulated box and its sockets: octets torn, gathered, slowed, cut off."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, Final, cast

from smsc.simulator.behaviour import Behaviour

_NO_LINGERING: Final = struct.pack("ii", 1, 0)  # on, for no time: a close is a reset
_SLOW_READ_OCTETS: Final = 4096  # what the kernel holds for a box that reads slowly


class Wire(asyncio.Protocol):
    """Stands between a connection's protocol and its transport; on a good day it only hands on.

    The behaviour is looked at for each write and read, so that changes take effect at once.
    """

    def __init__(
        self,
        inner: asyncio.Protocol,
        behaviour: Callable[[], Behaviour],
        opened: "Callable[[Wire], None]",
        lost: "Callable[[Wire], None]",
    ) -> None:
        self.peer = ""
        self._inner = inner
        self._behaviour = behaviour
        self._opened = opened
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._is_cut = False  # half-open: nothing passes any more
        self._is_over = False  # the inner protocol was told the end
        self._is_held = False  # the inner protocol wants to read nothing
        self._is_closing = False
        self._unwritten = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None

    # -- what the simulator calls

    def cut(self) -> None:
        """Let nothing pass from now on, in either direction, and the connection stand."""
        self._is_cut = True
        self._unwritten.clear()

    def reset(self) -> None:
        """End the connection at once, by an RST."""
        if self._transport is not None:
            tcp = self._transport.get_extra_info("socket")
            if tcp is not None:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            self._transport.abort()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport and give the inner protocol one of ours."""
        self._transport = transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = f"{name[0]}:{name[1]}" if name else ""
        tcp = transport.get_extra_info("socket")
        if tcp is not None and self._behaviour().read_pause:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_READ_OCTETS)
        self._opened(self)
        self._inner.connection_made(_WireTransport(self))

    def data_received(self, data: bytes) -> None:
        """Hand on, then read nothing for a while, if so wanted."""
        if self._is_cut or self._is_over:
            return
        self._inner.data_received(data)
        pause = self._behaviour().read_pause.total_seconds()
        if pause and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._pause = asyncio.get_running_loop().call_later(pause, self._read_again)

    def eof_received(self) -> bool | None:
        """Hand on; a half-open connection stays as it is until the peer resets it."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the end to the inner protocol, unless it has given up before."""
        for timer in (self._timer, self._pause):
            if timer is not None:
                timer.cancel()
        self._lost(self)
        self._tell_end(exc)

    # -- what the inner protocol calls, through its transport

    def write(self, octets: bytes) -> None:
        """Write now, or gathered with what comes after, or torn."""
        if self._is_cut or self._transport is None:
            return
        behaviour = self._behaviour()
        if not behaviour.write_gather and behaviour.write_octets is None and not self._unwritten:
            self._transport.write(octets)
            return
        self._unwritten += octets
        if self._timer is None:
            self._arm(behaviour.write_gather.total_seconds())

    def close(self) -> None:
        """Close once all is written; a half-open connection only for the inner protocol."""
        self._is_closing = True
        if self._is_cut:
            asyncio.get_running_loop().call_soon(self._tell_end, None)
        elif not self._unwritten and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once; a half-open connection only for the inner protocol."""
        self._is_closing = True
        if self._is_cut:
            asyncio.get_running_loop().call_soon(self._tell_end, None)
        elif self._transport is not None:
            self._transport.abort()

    def hold_reading(self, *, held: bool) -> None:
        """Read or not, as the inner protocol wants."""
        self._is_held = held
        if self._transport is None or self._transport.is_closing() or self._pause is not None:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    @property
    def is_closing(self) -> bool:
        """Whether the inner protocol asked for the end, or had it."""
        return self._is_closing or self._is_over

    def extra_info(self, name: str, default: object) -> object:
        """Say what the true transport knows."""
        return default if self._transport is None else self._transport.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None, low: int | None) -> None:
        """Hand on."""
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high, low)

    # -- inside

    def _arm(self, delay: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay, self._flush)

    def _flush(self) -> None:
        """Write what has gathered, or the next shred of it: each leaves by itself."""
        self._timer = None
        if self._is_cut or self._transport is None:
            return
        size = self._behaviour().write_octets or len(self._unwritten)
        self._transport.write(bytes(self._unwritten[:size]))
        del self._unwritten[:size]
        if self._unwritten:
            self._arm(0.0)
        elif self._is_closing:
            self._transport.close()

    def _read_again(self) -> None:
        self._pause = None
        if self._transport is not None and not self._transport.is_closing() and not self._is_held:
            self._transport.resume_reading()

    def _tell_end(self, exc: Exception | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._inner.connection_lost(exc)


class _WireTransport(asyncio.Transport):
    """The transport that the inner protocol sees."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._wire.write(bytes(data))

    def close(self) -> None:
        self._wire.close()

    def abort(self) -> None:
        self._wire.abort()

    def is_closing(self) -> bool:
        return self._wire.is_closing

    def pause_reading(self) -> None:
        self._wire.hold_reading(held=True)

    def resume_reading(self) -> None:
        self._wire.hold_reading(held=False)

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 as asyncio has it
        return self._wire.extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._wire.set_write_buffer_limits(high, low)
