"""Limits of a request's head, which uvicorn's parser has none of: size, count, and time to come."""

import asyncio
from http import HTTPStatus
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MOST_HEADERS: Final = 100
MOST_URL_OCTETS: Final = 16 * 1024
MOST_HEAD_OCTETS: Final = 64 * 1024  # of one that comes in several packets
HEAD_SECONDS: Final = 30.0  # from the connection, or from a later request's first octet


class LimitedHeads(HttpToolsProtocol):
    """Closes a connection whose request's head is too long, or does not end.

    A head that comes whole in one packet costs it two comparisons.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        self._is_in_head = True
        self._head_octets = 0
        self._refusal = (HTTPStatus.BAD_REQUEST, "This is no HTTP request.")
        self._waiting: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; of a head that is still not whole, see how long it is by now."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_in_head:
            self._head_octets += len(data)
            if self._head_octets > MOST_HEAD_OCTETS:
                self._refuse_size()
                self.send_400_response("")
            else:
                self._wait()

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._is_in_head = True
        self._head_octets = 0

    def on_headers_complete(self) -> None:
        """Take the request, unless its head is too much.

        Raises:
            ValueError: it is; the parser hands that to `send_400_response`.
        """
        self._is_in_head = False
        self._wait_no_longer()
        if len(self.headers) > MOST_HEADERS or len(self.url) > MOST_URL_OCTETS:
            self._refuse_size()
            raise ValueError("the head is too large")
        super().on_headers_complete()

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

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self._head_octets:
            self.transport.close()  # who never asked anything is told nothing
            return
        self._refusal = (
            HTTPStatus.REQUEST_TIMEOUT,
            f"The request's head did not come within {HEAD_SECONDS:g} seconds.",
        )
        self.send_400_response("")
