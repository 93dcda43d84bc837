"""A customer's web server: it takes callbacks and inbound messages, or does worse with them."""

import asyncio
import ssl
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_GIGABYTE = 1 << 30
_PIECE = b"x" * (256 * 1024)


class Mood(StrEnum):
    """How the web server treats those who ask."""

    WELL = "well"
    ERRORS = "errors"  # 500 to all
    SILENCE = "silence"  # no answer
    RESET = "reset"  # read to the end, understood, and no answer but RST
    CIRCLE = "circle"  # each URL redirects to itself
    GIGABYTE = "gigabyte"  # an error of 1 GB, as fast as it is read
    TRICKLE = "trickle"  # an octet a second
    BAD_TLS = "bad tls"  # a redirect to where an expired certificate is shown


@dataclass
class Customer:
    """Remembers how often each callback and each inbound message came under which id."""

    port: int = 0
    tls: ssl.SSLContext | None = None  # whose certificate is shown in the mood BAD_TLS
    mood: Mood = Mood.WELL
    asked: int = 0  # requests that were read to their end
    # by message and status: the ids of the events that told of it, and how often each did
    callbacks: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    inbound: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # body: SIDs
    _servers: list[asyncio.Server] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen on a free port, and with a certificate on another."""
        for context in (None, self.tls) if self.tls else (None,):
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
            self._servers.append(server)
        self.port = self._servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def final_status(self, sid: str) -> str | None:
        """Return the final status that was told of a message, if one was."""
        told = (s for s in ("delivered", "undelivered", "failed") if (sid, s) in self.callbacks)
        return next(told, None)

    def ids_of(self, sid: str, status: str) -> int:
        """Return under how many event ids a status was told of: one, however often it came."""
        return len(self.callbacks.get((sid, status), {}))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while (request := await _read(reader)) is not None and not writer.is_closing():
                self.asked += 1
                await self._answer(request, writer)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            return  # a deliverer that was killed, or has read enough; or the run is over
        finally:
            writer.close()

    async def _answer(self, request: "_Request", writer: asyncio.StreamWriter) -> None:
        if self.mood in {Mood.WELL, Mood.RESET}:
            self._note(request)
        match self.mood:
            case Mood.RESET:
                writer.transport.abort()
            case Mood.SILENCE:
                await asyncio.sleep(60)
            case Mood.GIGABYTE:
                writer.write(f"HTTP/1.1 500 Much\r\nContent-Length: {_GIGABYTE}\r\n\r\n".encode())
                for _ in range(0, _GIGABYTE, len(_PIECE)):
                    writer.write(_PIECE)
                    await writer.drain()
            case Mood.TRICKLE:
                for octet in _OK:
                    writer.write(bytes([octet]))
                    await writer.drain()
                    await asyncio.sleep(1)
            case mood:
                writer.write(self._short_answer(mood, request.path))

    def _short_answer(self, mood: Mood, path: str) -> bytes:
        match mood:
            case Mood.ERRORS:
                return b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
            case Mood.CIRCLE:
                return _redirect(path)
            case Mood.BAD_TLS:
                port = self._servers[-1].sockets[0].getsockname()[1]
                return _redirect(f"https://127.0.0.1:{port}{path}")
            case _:
                return _OK

    def _note(self, request: "_Request") -> None:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if request.path == "/inbound":
            self.inbound[form["Body"]].add(form["MessageSid"])
        else:
            event = request.fields["i-twilio-idempotency-token"]
            self.callbacks[form["MessageSid"], form["MessageStatus"]][event] += 1


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    fields: dict[str, str]
    body: bytes


def _redirect(location: str) -> bytes:
    head = f"HTTP/1.1 307 There\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


async def _read(reader: asyncio.StreamReader) -> _Request | None:
    """Read a request; None when the connection has ended."""
    with suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        return _Request(first.split()[1], fields, body)
    return None
