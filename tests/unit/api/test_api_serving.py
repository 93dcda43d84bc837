"""An API that ends hears out whoever has connected, whether it had noticed them or not."""

import asyncio
import socket

import uvloop

from api.serving import stop_listening

CLIENTS = 20


def test_who_was_connected_but_not_yet_accepted_is_served_before_the_listening_ends() -> None:
    answers, refused = uvloop.run(connect_behind_the_loop_s_back())
    assert answers == [b"hello"] * CLIENTS
    assert refused


async def connect_behind_the_loop_s_back() -> tuple[list[bytes], bool]:
    """Connect while the loop does nothing else; return what came, and if nobody may any more."""

    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    clients = [socket.create_connection(address, 5) for _ in range(CLIENTS)]
    await stop_listening([server])
    try:
        socket.create_connection(address, 5).close()
        refused = False
    except ConnectionError:
        refused = True
    return await asyncio.gather(*(asyncio.to_thread(read, client) for client in clients)), refused


def read(client: socket.socket) -> bytes:
    """Return all that comes; nothing where the connection was reset."""
    with client:
        try:
            return client.recv(64)
        except ConnectionResetError:
            return b""
