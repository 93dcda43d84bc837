"""A peer of either role that writes raw octets, and nothing by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smsc.smpp.bind import BindState
from smsc.smpp.pdu import (
    Bind,
    BindResp,
    Pdu,
    decode,
    encode,
)
from tests.integration.smpp.owners import (
    PASSWORD,
    Customer,
    binding,
    config,
    eventually,
)

BIND = Bind(1, system_id="raw", password=PASSWORD)


class RawPeer:
    """A socket that speaks PDUs when told to, and nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, *pdus: Pdu) -> None:
        self.writer.write(b"".join(encode(pdu) for pdu in pdus))

    async def read(self) -> Pdu:
        async with asyncio.timeout(5):
            length = await self.reader.readexactly(4)
            return decode(length + await self.reader.readexactly(int.from_bytes(length) - 4))

    async def end(self) -> None:
        """Wait until the other side has closed."""
        async with asyncio.timeout(5):
            try:
                while await self.reader.read(4096):
                    pass
            except ConnectionResetError:
                return


@asynccontextmanager
async def calling(port: int, *, bind: bool = True) -> AsyncIterator[RawPeer]:
    peer = RawPeer(*await asyncio.open_connection("127.0.0.1", port))
    try:
        if bind:
            peer.write(BIND)
            assert isinstance(await peer.read(), BindResp)
        yield peer
    finally:
        peer.writer.close()


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[int, "asyncio.Queue[RawPeer]"]]:
    """Listen as a raw SMSC; the queue gives a peer for each connection."""
    peers: asyncio.Queue[RawPeer] = asyncio.Queue()
    kept: list[RawPeer] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.append(RawPeer(reader, writer))
        peers.put_nowait(kept[-1])

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], peers
    finally:
        server.close()
        for peer in kept:
            peer.writer.close()


async def accepted(peers: "asyncio.Queue[RawPeer]") -> RawPeer:
    """Wait for a bind and welcome it."""
    async with asyncio.timeout(5):
        peer = await peers.get()
    bind = await peer.read()
    assert isinstance(bind, Bind)
    peer.write(BindResp(bind.sequence_number, 0, bind.bind_type, "raw"))
    return peer


@asynccontextmanager
async def bound_to_raw(
    customer: Customer, window: int = 10, throughput: float | None = None
) -> AsyncIterator[RawPeer]:
    """Bind us to a raw SMSC, which is gone at the end."""
    async with (
        answering() as (port, peers),
        binding(customer, config(port, window=window, throughput=throughput)) as esme,
    ):
        peer = await accepted(peers)
        await eventually(lambda: esme.state is BindState.BOUND)
        yield peer
        peer.writer.transport.abort()
