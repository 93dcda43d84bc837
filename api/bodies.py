"""Reads a request's body, up to a limit that holds before all of it is in memory."""

from collections.abc import Mapping
from typing import Final

import orjson
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


def require_storable_path(scope: Mapping[str, object]) -> None:
    """Make sure that a path has no U+0000: no text of PostgreSQL's can be compared with it.

    Raises:
        BadParameter: it has.
    """
    if "\x00" in str(scope["path"]):
        raise BadParameter("The path contains U+0000.")


def require_storable_json(body: bytes) -> None:
    """Make sure that no text in a JSON body has U+0000; that it is JSON at all, others check.

    Raises:
        BadParameter: one has.
    """
    if b"\\u0000" not in body:  # raw, it would be no JSON
        return
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    if _has_nul(value):
        raise BadParameter("The body contains U+0000.")


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, list):
        return any(_has_nul(inner) for inner in value)
    if isinstance(value, dict):
        return any(_has_nul(name) or _has_nul(inner) for name, inner in value.items())
    return False


def replay(body: bytes) -> Receive:
    """Return a `receive` that hands out a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
