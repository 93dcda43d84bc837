"""Reads a request's body, up to a limit that holds before all of it is in memory."""

from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from smsc.errors import BadParameter, RequestTooLarge

MOST_BODY_OCTETS: Final = 64 * 1024


async def read_body(
    receive: Receive, content_length: str | None, *, most: int = MOST_BODY_OCTETS
) -> bytes:
    """Return the body.

    Raises:
        RequestTooLarge: it is announced to be, or turns out, longer than `most` octets.
        BadParameter: the announced length is no number.
        ClientDisconnect: the client went away.
    """
    if content_length is not None:
        if not (content_length.isascii() and content_length.isdecimal()):
            raise BadParameter("Content-Length is not a number.")
        if int(content_length) > most:
            raise RequestTooLarge(most)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most:
            raise RequestTooLarge(most)
        more = message.get("more_body", False)
    return body


def replay(body: bytes) -> Receive:
    """Return a `receive` that hands out a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
