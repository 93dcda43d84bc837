"""A customer's web server on a loopback port, which answers what a test tells it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the server read it."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    connection: int  # from 1
    order: int  # from 1, over all connections


@dataclass(slots=True)
class WebServer:
    """What the server has seen so far."""

    port: int
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0

    def url(self, path: str = "/", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def respond(
    status: str = "200 OK", body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    """Make an answer with a Content-Length."""

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return answer


def raw(octets: bytes, *, then: str = "keep") -> Answer:
    """Make an answer of `octets`; `then` is keep, close or reset."""

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        if then == "reset":
            await writer.drain()
            writer.transport.abort()
        elif then == "close":
            writer.close()

    return answer


def by_path(answers: dict[str, Answer]) -> Answer:
    """Make an answer that depends on the path without its query."""

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        await answers[received.path.partition("?")[0]](received, writer)

    return answer


async def silence(_received: Received, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


@asynccontextmanager
async def serve(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    """Run a server on a free port of 127.0.0.1."""
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        seen.connections += 1
        seen.open_now += 1
        seen.most_open = max(seen.most_open, seen.open_now)
        number = seen.connections
        try:
            while not writer.is_closing():
                received = await _read(reader, number, len(seen.requests) + 1)
                seen.requests.append(received)
                await answer(received, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, OSError):
            return  # the client went, or the test is over
        finally:
            handlers.discard(task)
            seen.open_now -= 1
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    seen = WebServer(port=server.sockets[0].getsockname()[1])
    try:
        yield seen
    finally:
        server.close()
        for task in list(handlers):
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader, connection: int, order: int) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request_line, *lines = head.split("\r\n")
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = request_line.split(" ")
    return Received(method, path, headers, body, connection, order)


async def eventually(claim: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until `claim` holds.

    Raises:
        TimeoutError: it never did.
    """
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.005)
