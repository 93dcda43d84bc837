"""One HTTP/1.1 connection: a request goes out, its answer comes back, in turn."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from smsc.webhooks.outcome import Failure, WebhookFault

HEAD_LIMIT_OCTETS: Final = 32 * 1024
# All that one answer may send: 64 KiB of body in chunks of one octet take 384 KiB, and what is
# beyond that is interim answers, trailers or chunk extensions without end.
WIRE_LIMIT_OCTETS: Final = 1024 * 1024


class Response(NamedTuple):
    """A server's answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes  # what was within the limit
    overlong: bool  # the body went on beyond the limit
    reusable: bool  # both sides agree that the connection may carry another request


class Unanswered(WebhookFault):
    """The connection ended before the first octet of an answer."""


class Connection(asyncio.Protocol):
    """A connection that waits for one answer at a time.

    Its one timer is moved lazily: an exchange costs no call of the loop's scheduler.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # Told without `get_running_loop`, which asks the kernel for the process's id in 3.11.
        self.time = loop.time
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._read_seconds = 0.0
        self._read_deadline = 0.0
        self._deadline = 0.0
        self._body_limit = 0
        self._body_octets = 0
        self._octets = 0
        self._headed = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self.opened_at = loop.time()
        self.idle_since = self.opened_at
        self.on_lost: Callable[[Connection], None] | None = None  # set while it is idle

    @property
    def usable(self) -> bool:
        """Say whether it is open and silent."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and self._waiter is None
        )

    def exchange(
        self, request: bytes, *, read_seconds: float, deadline: float, body_limit: int
    ) -> "asyncio.Future[Response]":
        """Send `request`; the future holds its answer.

        `read_seconds` is the longest silence, `deadline` the end by the loop's clock. Who stops
        waiting must `abort` the connection: the answer would be taken for the next one's.

        Raises (by the future):
            Unanswered: the connection ended, and no octet had come.
            WebhookFault: it ended later, took too long, or was no HTTP.
        """
        waiter: asyncio.Future[Response] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            waiter.set_exception(_unanswered())
            return waiter
        self._waiter = waiter
        self._octets = self._body_octets = 0
        self._headed = False
        self._body_limit = body_limit
        self._body = []
        self._read_seconds = read_seconds
        self._deadline = deadline
        self._read_deadline = self._loop.time() + read_seconds
        self._watch(min(self._read_deadline, deadline))
        self._transport.write(request)
        return waiter

    def abort(self) -> None:
        """Close at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the answer that lasts until the connection does, or fail it."""
        if self._waiter is not None:
            if self._headed and exc is None and not self._framed():
                self._complete(overlong=False, reusable=False)
            elif self._octets == 0:
                self._fail(_unanswered())
            else:
                text = "The server closed the connection in the middle of its answer."
                self._fail(WebhookFault(Failure.CONNECTION_LOST, text))
        self.abort()
        self._transport = None
        if self.on_lost is not None:
            self.on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, within limits."""
        if self._waiter is None:
            self.abort()  # nobody asked: whatever this is, it is no answer to the next request
            return
        self._octets += len(data)
        self._read_deadline = self._loop.time() + self._read_seconds
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._fail_protocol("it switched to another protocol")
        except HttpParserError as error:
            self._fail_protocol(str(error))
        if self._waiter is not None:
            if not self._headed and self._octets > HEAD_LIMIT_OCTETS:
                self._fail_protocol("its headers are too large")
            elif self._octets > WIRE_LIMIT_OCTETS:
                self._fail_protocol("it does not come to an end")

    def on_message_begin(self) -> None:
        """Start an answer; one that nobody waits for ends the connection."""
        self._headers = []
        self._headed = False
        if self._waiter is None:
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are dropped."""
        if not self._headed:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Note that the body comes."""
        self._headed = True

    def on_body(self, body: bytes) -> None:
        """Keep the body as far as the limit, and end the answer there."""
        if self._waiter is None:
            return
        room = self._body_limit - self._body_octets
        self._body_octets += len(body)
        self._body.append(body if len(body) <= room else body[:room])
        if len(body) > room:
            self._complete(overlong=True, reusable=False)

    def on_message_complete(self) -> None:
        """Hand over the answer, unless it is an interim one."""
        if self._waiter is not None and self._parser.get_status_code() >= 200:
            self._complete(overlong=False, reusable=self._parser.should_keep_alive())

    def _framed(self) -> bool:
        return any(
            name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in self._headers
        )

    def _complete(self, *, overlong: bool, reusable: bool) -> None:
        waiter, self._waiter = self._waiter, None
        if not reusable:
            self.abort()
        if waiter is not None and not waiter.done():
            status = self._parser.get_status_code()
            body = b"".join(self._body)
            waiter.set_result(Response(status, self._headers, body, overlong, reusable))

    def _fail_protocol(self, why: str) -> None:
        text = f"The server's answer is no valid HTTP: {why}."
        self._fail(WebhookFault(Failure.PROTOCOL, text))

    def _fail(self, fault: WebhookFault) -> None:
        waiter, self._waiter = self._waiter, None
        self.abort()
        if waiter is not None and not waiter.done():
            waiter.set_exception(fault)

    def _watch(self, until: float) -> None:
        if self._timer is not None:
            if self._timer_at <= until:
                return  # it will look again when it goes off
            self._timer.cancel()
        self._timer_at = until
        self._timer = self._loop.call_at(until, self._timed)

    def _timed(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        until = min(self._read_deadline, self._deadline)
        if self._loop.time() < until:
            self._watch(until)
        elif self._octets == 0 or self._read_deadline <= self._deadline:
            text = "The server did not answer in time."
            self._fail(WebhookFault(Failure.READ_TIMED_OUT, text))
        else:
            text = "The server's answer was not complete in time."
            self._fail(WebhookFault(Failure.TOTAL_TIMED_OUT, text))


def _unanswered() -> Unanswered:
    text = "The server closed the connection without an answer."
    return Unanswered(Failure.CONNECTION_LOST, text)
