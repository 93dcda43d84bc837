"""A TCP proxy between two parties whose weather can be changed while they talk."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

_READ_OCTETS = 64 * 1024
_TORN_OCTETS = 3  # that are kept of what is torn: shorter than any header


class Way(StrEnum):
    """Which way octets flow; the client is the one that connected."""

    UP = "up"  # from the client to the server
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What befalls octets on their way. Nothing is ever lost of a connection that goes on."""

    latency: float = 0.0  # seconds, each way
    blocked: frozenset[Way] = frozenset()  # held until the weather changes, as TCP repeats them
    piece: int | None = None  # octets at a time, each piece a write
    pause: float = 0.0  # seconds after each piece
    torn: Way | None = None  # the next PDU this way is written but for its end, then both get RST
    refuses: bool = False  # who connects is reset at once


CALM = Weather()


@dataclass(eq=False, slots=True)
class _Link:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    is_dead: bool = False  # half-open: neither side ever hears of the other again

    def reset(self) -> None:
        """Send RST both ways."""
        for writer in (self.client, self.server):
            writer.transport.abort()


@dataclass
class Proxy:
    """Listens on a free port of the loopback, and connects each client with the target."""

    host: str
    port: int  # of the target
    others: tuple[int, ...] = ()  # ports that do as well: the proxy goes round them
    tls: ssl.SSLContext | None = None  # the proxy ends TLS; the target is talked to in the clear
    own_port: int = 0
    opened: int = 0  # connections so far
    _weather: Weather = CALM
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _links: set[_Link] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a proxy that is started again keeps its port."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.own_port, ssl=self.tls, limit=_READ_OCTETS
        )
        self.own_port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more and reset what is connected."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def speak_tls(self, context: ssl.SSLContext | None) -> None:
        """End TLS with this context from the next connection on, or talk in the clear again."""
        await self.stop()
        self.tls = context
        await self.start()

    @property
    def weather(self) -> Weather:
        """What the weather is like."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()

    def forget_links(self) -> None:
        """Leave what is connected half-open, as a router does that lost its table."""
        for link in self._links:
            link.is_dead = True

    def reset_links(self) -> None:
        """Reset what is connected."""
        for link in list(self._links):
            link.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.opened += 1
        if self._weather.refuses:
            writer.transport.abort()
            return
        onward = await self._dial()
        if onward is None:
            writer.transport.abort()
            return
        link = _Link(writer, onward[1])
        self._links.add(link)
        try:
            await asyncio.gather(
                self._carry(link, reader, link.server, Way.UP),
                self._carry(link, onward[0], link.client, Way.DOWN),
            )
        except asyncio.CancelledError:
            return  # the proxy stops
        finally:
            link.reset()
            self._links.discard(link)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect with the next target that takes connections; None: none does."""
        ports = (self.port, *self.others)
        first = self.opened  # others connect meanwhile
        for turn in range(len(ports)):
            port = ports[(first + turn) % len(ports)]
            with suppress(OSError):
                return await asyncio.open_connection(self.host, port, limit=_READ_OCTETS)
        return None

    async def _carry(
        self, link: _Link, source: asyncio.StreamReader, to: asyncio.StreamWriter, way: Way
    ) -> None:
        """Pass octets on until either side ends; a FIN is passed on, too."""
        try:
            while octets := await source.read(self._weather.piece or _READ_OCTETS):
                await self._until_open(link, way)
                await asyncio.sleep(self._weather.latency)
                if self._weather.torn is way:
                    to.write(octets[:-_TORN_OCTETS])
                    await to.drain()
                    self.weather = CALM
                    link.reset()
                    return
                await self._write(to, octets)
            await self._until_open(link, way)
            to.write_eof() if to.can_write_eof() else to.close()
        except OSError:
            link.reset()

    async def _until_open(self, link: _Link, way: Way) -> None:
        while link.is_dead or way in self._weather.blocked:
            await self._changed.wait()

    async def _write(self, to: asyncio.StreamWriter, octets: bytes) -> None:
        piece = self._weather.piece or len(octets)
        for begin in range(0, len(octets), piece):
            to.write(octets[begin : begin + piece])
            await to.drain()
            if self._weather.pause or self._weather.piece:
                await asyncio.sleep(self._weather.pause)


@asynccontextmanager
async def before(host: str, port: int, *others: int) -> AsyncIterator[Proxy]:
    """Run a proxy before a server, or before several of one host."""
    proxy = Proxy(host, port, others)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
