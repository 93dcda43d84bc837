"""Limits of a request, which uvicorn's parser has none of: size and count of its head, and time."""

import asyncio
from http import HTTPStatus
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MOST_HEADERS: Final = 100
MOST_URL_OCTETS: Final = 16 * 1024
MOST_HEAD_OCTETS: Final = 64 * 1024  # of one that comes in several packets
HEAD_SECONDS: Final = 30.0  # from the connection, or from a later request's first octet
PIECE_SECONDS: Final = 30.0  # for which the next piece of a body is waited for


class LimitedRequests(HttpToolsProtocol):
    """Closes a connection whose request is too long in its head, or stops to come.

    A request that comes whole in one packet costs it some comparisons, and no timer.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        self._is_whole = self._is_in_head = False  # of the request that comes
        self._has_asked = False
        self._head_octets = 0
        self._refusal = (HTTPStatus.BAD_REQUEST, "This is no HTTP request.")
        self._waiting: asyncio.TimerHandle | None = None
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; of a request that is still not whole, wait for the rest."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_whole:
            return
        if not self._is_in_head:
            self._wait_no_longer()
            self._wait(PIECE_SECONDS)
            return
        self._head_octets += len(data)
        if self._head_octets > MOST_HEAD_OCTETS:
            self._refuse_size()
            self.send_400_response("")
        elif self._waiting is None:
            self._wait(HEAD_SECONDS)

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._is_whole, self._is_in_head = False, True
        self._head_octets = 0

    def on_headers_complete(self) -> None:
        """Take the request, unless its head is too much.

        Raises:
            ValueError: it is; the parser hands that to `send_400_response`.
        """
        self._is_in_head, self._has_asked = False, True
        if len(self.headers) > MOST_HEADERS or len(self.url) > MOST_URL_OCTETS:
            self._refuse_size()
            raise ValueError("the head is too large")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Have all of the request."""
        self._is_whole = True
        self._wait_no_longer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 uvicorn's words are not ours
        """Refuse what is no request, in the shape of every refusal, and close."""
        if self.transport.is_closing():
            return
        status, sentence = self._refusal
        body = orjson.dumps(
            {
                "code": 20001,
                "message": sentence,
                "more_info": "https://www.twilio.com/docs/errors/20001",
                "status": status.value,
            }
        )
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head % len(body) + body)
        self.transport.close()

    def _refuse_size(self) -> None:
        sentence = (
            f"The request's head has more than {MOST_HEADERS} headers or {MOST_HEAD_OCTETS} "
            f"octets, or its URL more than {MOST_URL_OCTETS}."
        )
        self._refusal = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, sentence)

    def _wait(self, seconds: float) -> None:
        if not self.transport.is_closing():
            self._waiting = self.loop.call_later(seconds, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._is_in_head:
            why = f"The request's head did not come within {HEAD_SECONDS:g} seconds."
        elif not self._has_asked or self.cycle.response_started:
            self.transport.close()  # who never asked anything, or was answered, is told nothing
            return
        elif self.flow.read_paused:  # it is we who don't read
            self._wait(PIECE_SECONDS)
            return
        else:
            why = f"Of the request's body nothing came for {PIECE_SECONDS:g} seconds."
        self._refusal = (HTTPStatus.REQUEST_TIMEOUT, why)
        self.send_400_response("")
