"""uvicorn's server, which ends without failing a request."""

import asyncio
import contextlib
import os
import select
import socket
from collections.abc import Iterable
from types import FrameType

import uvicorn

from smsc import garbage

_DATE_SECONDS = 1.0
_MOST_WAITING = 4096  # uvicorn's backlog is 2048
_LAST_REQUEST_SECONDS = 1.0  # for the request of who had just connected when we were to end


class Server(uvicorn.Server):
    """Sets aside what lives as long as the process, and at the end hears everybody out."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Describe it; nothing is started yet."""
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._exits = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        garbage.set_aside()

    async def main_loop(self) -> None:
        """Write the date once a second, until somebody wants us to end.

        uvicorn looks for that ten times a second, which at rest was a quarter of what all costs.
        """
        while not await self.on_tick(0):  # the tick with which a second begins
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DATE_SECONDS):
                    await self._exits.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End as uvicorn does, and at once."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._exits.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, but read the requests of those that stand; then end them.

        uvicorn would close a connection whose request it has not read yet. Behind a balancer that
        tries another process when a connection is refused, a rolling restart fails no request.
        """
        await stop_listening(self.servers)
        await asyncio.sleep(_LAST_REQUEST_SECONDS)
        await super().shutdown(sockets)


async def stop_listening(servers: Iterable[asyncio.Server]) -> None:
    """Take the connections that the kernel has made for us already, then let none be made.

    It resets those that wait to be taken when their listening socket is closed; on a busy machine
    there are some. Without room for more of them, whoever comes now tries again and is refused.
    """
    for server in servers:
        for listening in server.sockets:
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                same.listen(0)
                waiting = select.poll()
                waiting.register(same, select.POLLIN)
                for _ in range(_MOST_WAITING):
                    if not waiting.poll(0):
                        break
                    await asyncio.sleep(0)  # the loop takes at least one of them
        server.close()
