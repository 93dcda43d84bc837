"""Fetches: a request with its redirects and first tries, from URL to outcome."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from smsc.networks import Networks
from smsc.webhooks.client import cookies
from smsc.webhooks.client.connection import Connection, Response, Unanswered
from smsc.webhooks.client.dialer import Dialer
from smsc.webhooks.client.express import Begun, Express
from smsc.webhooks.client.pool import Pool
from smsc.webhooks.client.request import request_octets
from smsc.webhooks.client.resolver import Resolver, ThreadResolver
from smsc.webhooks.client.target import Target, parse_target
from smsc.webhooks.outcome import (
    BODY_LIMIT_OCTETS,
    Failure,
    Method,
    WebhookFault,
    WebhookOutcome,
    WebhookRequest,
)
from smsc.webhooks.overrides import Overrides, Verdict, judge, parse

MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})


@dataclass(slots=True)
class _Progress:
    """How far one try has come."""

    target: Target
    method: Method
    cookies: Mapping[str, str]
    deadline: float  # by the loop's clock
    base_url: str
    begun: Begun | None = None  # not yet taken into account
    hops: int = 0


class WebhookClient:
    """Our HTTP client: keep-alive, bounded, signed, and kept out of private networks.

    One a process and event loop; any number of fetches at a time. Nothing of the environment
    (proxies, .netrc) is used.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        allowed: Networks = (),
        defaults: Overrides | None = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connections_per_host: int = 16,
        connections: int = 512,
        wait_seconds: float = 30.0,
    ) -> None:
        self._defaults = defaults or Overrides()
        self._threads = ThreadResolver()  # starts none before the first look-up
        self._dialer = Dialer(
            resolver or self._threads,
            allow_private=allow_private,
            allowed=allowed,
            ssl_context=ssl_context,
        )
        self._pool = Pool(
            per_host=connections_per_host, total=connections, wait_seconds=wait_seconds
        )
        self.express = Express(
            self._pool,
            self._defaults,
            self.fetch,
            per_host=connections_per_host,
            wait_seconds=wait_seconds,
        )

    async def fetch(self, request: WebhookRequest, begun: Begun | None = None) -> WebhookOutcome:
        """Ask a customer's server, again at once where its overrides say so.

        Faults of the outside world are in the outcome, never raised. Timeouts count from when a
        connection was free, so that a slow host's queue doesn't fail those who wait in it. What was
        `begun` is not asked again: it is this first try's first answer.
        """
        loop = asyncio.get_running_loop()
        try:
            target = parse_target(request.url)
        except WebhookFault as fault:
            return WebhookOutcome(request.url, failure=fault.failure, error=str(fault))
        overrides = self._defaults
        if target.fragment:
            overrides = parse(target.fragment, overrides)
        base_url = target.base_url
        if request.method is Method.GET and request.raw is None:
            target = target.with_query(request.form.encoded)
        began = loop.time() if begun is None else begun.at
        deadline = began + overrides.total_seconds
        earlier: tuple[WebhookOutcome, ...] = ()
        while True:
            progress = _Progress(
                target,
                request.method,
                request.cookies,
                deadline,
                base_url,
                begun,
            )
            begun = None
            outcome = await self._try(request, overrides, progress, earlier)
            deadline = progress.deadline
            tries = len(earlier) + 1
            left = deadline - loop.time()
            if judge(outcome, overrides, tries=tries, seconds_left=left) is not Verdict.RETRY_NOW:
                return outcome
            earlier = (*earlier, outcome._replace(earlier=()))

    async def aclose(self) -> None:
        """Close what is idle; fetches under way end by themselves."""
        self._pool.close()
        self._threads.close()
        await asyncio.sleep(0)  # lets the transports close their sockets

    async def _try(
        self,
        request: WebhookRequest,
        overrides: Overrides,
        progress: _Progress,
        earlier: tuple[WebhookOutcome, ...],
    ) -> WebhookOutcome:
        loop = asyncio.get_running_loop()
        started = loop.time() if progress.begun is None else progress.begun.at
        waited_until = progress.deadline
        response: Response | None = None
        fault: WebhookFault | None = None
        try:
            response = await self._follow(request, overrides, progress)
            fault = _fault_of(request, response)
        except WebhookFault as caught:
            fault = caught
        waited = progress.deadline - waited_until
        return WebhookOutcome(
            url=progress.target.url,
            status=response.status if response else None,
            headers=_text(response.headers) if response else (),
            body=response.body if response and request.reads_body else b"",
            failure=fault.failure if fault else None,
            error=str(fault) if fault else None,
            warning=overrides.warning,
            cookies=progress.cookies,
            duration=timedelta(seconds=loop.time() - started - waited),
            earlier=earlier,
            base_url=progress.base_url,
        )

    async def _follow(
        self, request: WebhookRequest, overrides: Overrides, progress: _Progress
    ) -> Response:
        """Send the request and follow the redirects; `progress` says where they led."""
        home = progress.target.origin
        seen: set[tuple[str, str, str]] = set()
        while True:
            target = progress.target
            at_home = target.origin == home
            sent = progress.cookies if at_home else {}
            if progress.begun is None:
                octets = request_octets(request, target, progress.method, sent)
                response = await self._exchange(target, octets, overrides, progress)
            else:
                answer, progress.begun = progress.begun.answer, None
                if isinstance(answer, WebhookFault):
                    raise answer
                response = answer
            set_cookies = [v for n, v in response.headers if n.lower() == b"set-cookie"]
            if set_cookies and at_home:
                progress.cookies = cookies.merged(progress.cookies, map(_decoded, set_cookies))
            if response.status not in _REDIRECTS or not request.follows_redirects:
                return response
            location = next((v for n, v in response.headers if n.lower() == b"location"), None)
            if location is None:
                return response
            seen.add((progress.method, target.url, cookies.header(sent)))
            self._redirect(progress, response.status, _decoded(location))
            # To the same place again, but with new cookies, is how sessions begin.
            next_cookies = progress.cookies if progress.target.origin == home else {}
            here = (progress.method, progress.target.url, cookies.header(next_cookies))
            if progress.hops > MOST_REDIRECTS or here in seen:
                text = f"The server redirected in a circle or more than {MOST_REDIRECTS} times."
                raise WebhookFault(Failure.REDIRECTS, text)

    def _redirect(self, progress: _Progress, status: int, location: str) -> None:
        progress.hops += 1
        progress.target = progress.target.redirected(location)
        progress.base_url = progress.target.base_url
        if status not in _KEEP_METHOD:
            progress.method = Method.GET

    async def _exchange(
        self, target: Target, octets: bytes, overrides: Overrides, progress: _Progress
    ) -> Response:
        loop = asyncio.get_running_loop()
        origin = target.origin
        asked = loop.time()
        connection = await self._pool.take(origin)
        progress.deadline += loop.time() - asked
        kept = connection is not None
        reusable = False
        try:
            if connection is None:
                connection = await self._dial(target, overrides, progress)
            try:
                response = await self._send(connection, octets, overrides, progress)
            except Unanswered:
                if not kept:
                    raise
                # The server closed a kept connection as we wrote on it: no fault of anyone's, and
                # no try. Should it have read the request after all, the idempotency token, equal
                # in both, tells it so.
                connection.abort()
                connection = await self._dial(target, overrides, progress)
                response = await self._send(connection, octets, overrides, progress)
            reusable = response.reusable
            return response
        finally:
            if reusable and connection is not None:
                self._pool.give(origin, connection)
            else:
                self._pool.drop(origin, connection)

    async def _dial(self, target: Target, overrides: Overrides, progress: _Progress) -> Connection:
        limit = asyncio.get_running_loop().time() + overrides.connect_seconds
        return await self._dialer.open(target.origin, min(limit, progress.deadline))

    def _send(
        self, connection: Connection, octets: bytes, overrides: Overrides, progress: _Progress
    ) -> "asyncio.Future[Response]":
        return connection.exchange(
            octets,
            read_seconds=overrides.read_seconds,
            deadline=progress.deadline,
            body_limit=BODY_LIMIT_OCTETS,
        )


def _fault_of(request: WebhookRequest, response: Response) -> WebhookFault | None:
    status = response.status
    if status >= 400:
        return WebhookFault(Failure.STATUS, f"The server answered with status {status}.")
    if not request.reads_body:
        return None
    if status >= 300:
        text = f"The server answered with status {status} and nowhere to go."
        return WebhookFault(Failure.STATUS, text)
    if response.overlong:
        text = f"The server's answer is longer than {BODY_LIMIT_OCTETS} octets."
        return WebhookFault(Failure.TOO_LARGE, text)
    for name, value in response.headers:
        if name.lower() == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            text = (
                f"The server's answer is encoded as {_decoded(value)!r}, which was not asked for."
            )
            return WebhookFault(Failure.PROTOCOL, text)
    return None


def _text(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1").lower(), _decoded(value)) for name, value in headers)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
