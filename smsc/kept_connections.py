"""Lends a pool's connections, the same ones again without asking the pool each time.

asyncpg's pool makes a proxy, a task, a shield and a timer each time: 60 µs where a small statement
takes 20. What ended well and has nothing to be undone is kept aside and lent again; after half
a minute the pool gets it back, so that its own limits (idle time, number of queries) hold as ever.
"""

import asyncio
from types import TracebackType
from typing import Final, TypeAlias

import asyncpg

Lent: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

KEPT_SECONDS: Final = 30.0


class Loan:
    """A connection for the time of a block."""

    __slots__ = ("_connection", "_owner")

    def __init__(self, owner: "KeptConnections") -> None:
        self._owner = owner

    async def __aenter__(self) -> Lent:
        self._connection = await self._owner.take()
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None or not self._owner.keep(self._connection):
            await self._owner.give_back(self._connection)


class KeptConnections:
    """The connections of one pool, whose sessions have nothing to be undone between loans."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._kept: list[Lent] = []
        self._asking = 0  # callers that wait for the pool: nothing is kept from them
        self._timer: asyncio.TimerHandle | None = None
        self._returns: set[asyncio.Task[None]] = set()
        self._is_open = True

    def lend(self) -> Loan:
        """Lend a connection for a block; after one that fails, the pool looks after it."""
        return Loan(self)

    async def take(self) -> Lent:
        """Return a connection that is kept, or one of the pool's."""
        while self._kept:
            connection = self._kept.pop()
            if _stands(connection):
                return connection
            await self.give_back(connection)
        self._asking += 1
        try:
            return await self._pool.acquire()
        finally:
            self._asking -= 1

    def keep(self, connection: Lent) -> bool:
        """Keep a connection for the next caller; False: the pool must have it."""
        if self._asking or not self._is_open or not _stands(connection):
            return False
        if connection.is_in_transaction():
            return False
        self._kept.append(connection)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(KEPT_SECONDS, self._return_kept)
        return True

    async def give_back(self, connection: Lent) -> None:
        """Give a connection back to the pool, which resets it, or drops it where it must."""
        await self._pool.release(connection)

    async def close(self) -> None:
        """Wait for what is running, then close every connection."""
        self._is_open = False
        if self._timer is not None:
            self._timer.cancel()
        self._return_kept()
        await self._pool.close()

    def _return_kept(self) -> None:
        self._timer = None
        kept, self._kept = self._kept, []
        for connection in kept:
            task = asyncio.ensure_future(self.give_back(connection))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)


def _stands(connection: Lent) -> bool:
    """Say whether it can be used; what its server has closed is the pool's again, and says so."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
