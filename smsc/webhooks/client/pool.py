"""Open connections and the right to open more: so many a host, so many in all."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from smsc.webhooks.client.connection import Connection
from smsc.webhooks.client.target import Origin
from smsc.webhooks.outcome import Failure, WebhookFault

IDLE_SECONDS: Final = 30.0
# A kept connection goes to the address that was checked when it opened: so old may that check be.
AGE_SECONDS: Final = 300.0
ALL_BUSY: Final = "All connections to this server stayed busy; the request was not sent."


@dataclass(slots=True, eq=False)
class _Host:
    """What one origin holds. `slots` counts connections open, opening and idle."""

    origin: Origin
    slots: int = 0
    idle: list[Connection] = field(default_factory=list)  # the warmest last
    waiters: deque["_Waiter"] = field(default_factory=deque)


@dataclass(slots=True, eq=False)
class _Waiter:
    host: _Host
    granted: "asyncio.Future[Connection | None]"


class Pool:
    """Slots for connections, each with an idle connection in it or lent out.

    Who waits is served in order. When all slots of the pool are taken, a host that has none goes
    before the hosts that have some, so that no few hosts can shut out the others.
    """

    def __init__(self, *, per_host: int, total: int, wait_seconds: float) -> None:
        self._per_host = per_host
        self._total = total
        self._wait_seconds = wait_seconds
        self._slots = 0
        self._hosts: dict[Origin, _Host] = {}
        self._idle: dict[Connection, _Host] = {}  # the coldest first
        self._starved: deque[_Waiter] = deque()  # those whom the total holds up
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def idle_count(self) -> int:
        """Return how many connections wait for a request."""
        return len(self._idle)

    @property
    def slots_taken(self) -> int:
        """Return how many slots are lent out or hold an idle connection."""
        return self._slots

    def take_idle(self, origin: Origin) -> Connection | None:
        """Borrow a slot that has an open connection in it; None if there is none."""
        host = self._hosts.get(origin)
        if host is None:
            return None
        while host.idle:
            connection = host.idle[-1]
            self._unshelve(connection, host)
            if connection.usable and connection.opened_at > connection.time() - AGE_SECONDS:
                return connection
            connection.abort()
            self._return_slot(host)
        return None

    async def take(self, origin: Origin) -> Connection | None:
        """Borrow a slot: with a connection in it, or None, and the borrower opens one.

        Raises:
            WebhookFault: none came free in time.
        """
        connection = self.take_idle(origin)
        if connection is not None:
            return connection
        host = self._hosts.get(origin)
        if host is None:
            host = self._hosts[origin] = _Host(origin)
        loop = asyncio.get_running_loop()
        if host.slots >= self._per_host:
            return await self._wait(_Waiter(host, loop.create_future()), host.waiters)
        if self._slots >= self._total and not self._evict():
            return await self._wait(_Waiter(host, loop.create_future()), self._starved)
        self._lend_slot(host)
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        """Return a slot with a connection that may carry another request."""
        host = self._hosts[origin]
        if self._closed or not connection.usable or self._starved:
            self.drop(origin, connection)
            return
        while host.waiters:
            waiter = host.waiters.popleft()
            if not waiter.granted.done():
                waiter.granted.set_result(connection)
                return
        connection.idle_since = connection.time()
        connection.on_lost = self._lost
        host.idle.append(connection)
        self._idle[connection] = host
        self._schedule_sweep()

    def drop(self, origin: Origin, connection: Connection | None) -> None:
        """Return a slot whose connection, if any, is of no more use."""
        if connection is not None:
            connection.abort()
        self._return_slot(self._hosts[origin])

    def close(self) -> None:
        """Close the idle connections, turn the waiters away; what is lent out closes on return."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection, host in list(self._idle.items()):
            self._unshelve(connection, host)
            connection.abort()
            host.slots -= 1
            self._slots -= 1
        for host in self._hosts.values():
            _turn_away(host.waiters)
        _turn_away(self._starved)

    async def _wait(self, waiter: _Waiter, queue: deque[_Waiter]) -> Connection | None:
        granted = waiter.granted
        queue.append(waiter)
        timer = asyncio.get_running_loop().call_later(self._wait_seconds, _refuse, granted)
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.drop(waiter.host.origin, granted.result())  # granted in the same tick
            raise
        finally:
            timer.cancel()

    def _lend_slot(self, host: _Host) -> None:
        host.slots += 1
        self._slots += 1

    def _return_slot(self, host: _Host) -> None:
        host.slots -= 1
        self._slots -= 1
        while self._starved and self._slots < self._total:
            waiter = self._starved.popleft()
            if waiter.granted.done():
                continue
            if waiter.host.slots >= self._per_host:
                waiter.host.waiters.append(waiter)
                continue
            self._lend_slot(waiter.host)
            waiter.granted.set_result(None)
        while host.waiters and host.slots < self._per_host and self._slots < self._total:
            waiter = host.waiters.popleft()
            if not waiter.granted.done():
                self._lend_slot(host)
                waiter.granted.set_result(None)
        if host.slots == 0 and host.waiters:
            self._starved.extend(host.waiters)  # nothing of its own will ever come back to wake it
            host.waiters.clear()
        elif host.slots == 0 and not self._starved:
            self._hosts.pop(host.origin, None)

    def _unshelve(self, connection: Connection, host: _Host) -> None:
        connection.on_lost = None
        host.idle.remove(connection)
        del self._idle[connection]

    def _lost(self, connection: Connection) -> None:
        host = self._idle[connection]
        self._unshelve(connection, host)
        self._return_slot(host)

    def _evict(self) -> bool:
        if not self._idle:
            return False
        connection, host = next(iter(self._idle.items()))
        self._unshelve(connection, host)
        connection.abort()
        self._return_slot(host)
        return True

    def _schedule_sweep(self) -> None:
        if self._sweep is None and self._idle:
            coldest = next(iter(self._idle))
            at = coldest.idle_since + IDLE_SECONDS
            self._sweep = asyncio.get_running_loop().call_at(at, self._swept)

    def _swept(self) -> None:
        self._sweep = None
        expired = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle and next(iter(self._idle)).idle_since <= expired:
            self._evict()
        for origin in [o for o, host in self._hosts.items() if not host.slots]:
            if not self._starved:
                del self._hosts[origin]
        self._schedule_sweep()


def _refuse(granted: "asyncio.Future[Connection | None]") -> None:
    if not granted.done():
        granted.set_exception(WebhookFault(Failure.BUSY, ALL_BUSY))


def _turn_away(queue: deque[_Waiter]) -> None:
    while queue:
        _refuse(queue.popleft().granted)
