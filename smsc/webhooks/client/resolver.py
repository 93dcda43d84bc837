"""Host names to addresses, on threads of our own."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

# Takes a host name (ASCII) and a port; gives addresses, best first.
# Raises OSError or UnicodeError if there are none.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


def _lookup(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class ThreadResolver:
    """The system's resolver.

    Not the loop's default executor: that has few threads, and a customer whose name server is
    silent would hold them all. Simultaneous questions for one host share one look-up.
    """

    def __init__(self, threads: int = 32) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="webhook-dns")
        self._pending: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Resolve `host`; numbers in any notation of inet_aton are resolved too."""
        key = (host, port)
        pending = self._pending.get(key)
        if pending is None:
            loop = asyncio.get_running_loop()
            pending = loop.run_in_executor(self._executor, _lookup, host, port)
            self._pending[key] = pending
            pending.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(pending)  # who gives up must not end it for the others

    def _finished(self, key: tuple[str, int], done: "asyncio.Future[list[str]]") -> None:
        del self._pending[key]
        if not done.cancelled():
            done.exception()  # marks it as seen, for when everybody has given up waiting

    def close(self) -> None:
        """Let the threads end; look-ups under way end by themselves."""
        self._executor.shutdown(wait=False, cancel_futures=True)
