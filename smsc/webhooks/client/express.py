"""The short way of most callbacks: a kept connection is free, and the server says 2xx.

What an exchange on it costs is a write, a read and two calls; there is no task, no timer and no
queue of the pool's. Whatever is not so plain takes the client's full way, from where it stands.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import NamedTuple, Protocol, TypeAlias

import structlog

from smsc.webhooks.client.connection import Connection, Response, Unanswered
from smsc.webhooks.client.pool import ALL_BUSY, Pool
from smsc.webhooks.client.request import request_octets
from smsc.webhooks.client.target import Origin, Target, parse_target
from smsc.webhooks.outcome import (
    BODY_LIMIT_OCTETS,
    NO_COOKIES,
    Failure,
    Method,
    WebhookFault,
    WebhookOutcome,
    WebhookRequest,
)
from smsc.webhooks.overrides import Overrides

log = structlog.get_logger()

# None: a fault of ours, which is in the log.
Told: TypeAlias = Callable[[WebhookOutcome | None], None]


class Begun(NamedTuple):
    """A first exchange that was made already, since the loop's time `at`, and what came of it."""

    at: float
    answer: Response | WebhookFault


class FullWay(Protocol):
    """`WebhookClient.fetch`."""

    def __call__(
        self, request: WebhookRequest, begun: Begun | None = None
    ) -> Coroutine[None, None, WebhookOutcome]:
        """Ask, with redirects, tries at once and new connections."""


class _Passenger(NamedTuple):
    request: WebhookRequest
    told: Told
    since: float


@dataclass(slots=True)
class _Line:
    """The callbacks of one origin: as many under way as it may have connections."""

    origin: Origin
    busy: int = 0
    waiting: deque[_Passenger] = field(default_factory=deque)


class Express:
    """Makes requests whose answers' bodies nobody reads; tells each one's outcome by a call."""

    def __init__(
        self,
        pool: Pool,
        defaults: Overrides,
        full_way: FullWay,
        *,
        per_host: int,
        wait_seconds: float,
    ) -> None:
        self._pool = pool
        self._defaults = defaults
        self._full_way = full_way
        self._per_host = per_host
        self._wait_seconds = wait_seconds
        self._lines: dict[Origin, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._arrived = asyncio.Event()
        self._arrived.set()

    def send(self, request: WebhookRequest, told: Told) -> None:
        """Ask when a connection of its host may be used, and tell what came of it.

        As with the full way, who waits too long for that is told that the host is busy.
        """
        passenger = _Passenger(request, told, monotonic())
        try:
            target = parse_target(request.url)
        except WebhookFault as fault:
            told(WebhookOutcome(request.url, failure=fault.failure, error=str(fault)))
            return
        line = self._lines.get(target.origin)
        if line is None:
            line = self._lines[target.origin] = _Line(target.origin)
        if line.busy >= self._per_host:
            line.waiting.append(passenger)
            return
        line.busy += 1
        self._depart(line, passenger, target)

    async def drain(self) -> None:
        """Forget those who wait; let what is under way end."""
        for line in self._lines.values():
            line.waiting.clear()
        await self._arrived.wait()

    def _depart(self, line: _Line, passenger: _Passenger, target: Target) -> None:
        self._under_way += 1
        self._arrived.clear()
        octets = _plain_octets(passenger.request, target)
        connection = None if octets is None else self._pool.take_idle(line.origin)
        if octets is None or connection is None:
            self._go_full_way(line, passenger, None)
            return
        now = connection.time()
        answer = connection.exchange(
            octets,
            read_seconds=self._defaults.read_seconds,
            deadline=now + self._defaults.total_seconds,
            body_limit=BODY_LIMIT_OCTETS,
        )
        answer.add_done_callback(partial(self._answered, line, passenger, target, connection, now))

    def _answered(
        self,
        line: _Line,
        passenger: _Passenger,
        target: Target,
        connection: Connection,
        began: float,
        answer: "asyncio.Future[Response]",
    ) -> None:
        fault = answer.exception()
        if isinstance(fault, WebhookFault):
            self._pool.drop(line.origin, connection)
            # A kept connection that ends as it is written on is no try: see the full way.
            is_begun = not isinstance(fault, Unanswered)
            self._go_full_way(line, passenger, Begun(began, fault) if is_begun else None)
            return
        response = answer.result()
        if response.reusable:
            self._pool.give(line.origin, connection)
        else:
            self._pool.drop(line.origin, connection)
        if response.status >= 300:
            self._go_full_way(line, passenger, Begun(began, response))
            return
        duration = timedelta(seconds=connection.time() - began)
        self._arrive(line)
        passenger.told(WebhookOutcome(target.url, status=response.status, duration=duration))

    def _go_full_way(self, line: _Line, passenger: _Passenger, begun: Begun | None) -> None:
        task = asyncio.get_running_loop().create_task(self._ask(line, passenger, begun))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, line: _Line, passenger: _Passenger, begun: Begun | None) -> None:
        outcome: WebhookOutcome | None = None
        try:
            outcome = await self._full_way(passenger.request, begun)
        except Exception:
            # A door: what can't be asked for must not come round and round for ever.
            log.exception("webhook.broken", token=passenger.request.idempotency_token)
        finally:
            self._arrive(line)
        passenger.told(outcome)

    def _arrive(self, line: _Line) -> None:
        """Let the next of the line go."""
        self._under_way -= 1
        if not self._under_way:
            self._arrived.set()
        while line.waiting:
            passenger = line.waiting.popleft()
            if passenger.since > monotonic() - self._wait_seconds:
                self._depart(line, passenger, parse_target(passenger.request.url))
                return
            url = passenger.request.url
            passenger.told(WebhookOutcome(url, failure=Failure.BUSY, error=ALL_BUSY))
        line.busy -= 1
        if not line.busy:
            self._lines.pop(line.origin, None)


def _plain_octets(request: WebhookRequest, target: Target) -> bytes | None:
    """Return a form that is posted by the usual rules; None: the full way knows what to do."""
    if target.fragment or request.raw is not None or request.method is not Method.POST:
        return None
    try:
        return request_octets(request, target, request.method, NO_COOKIES)
    except Exception:  # noqa: BLE001 it comes up again on the full way, which logs it and goes on
        return None
