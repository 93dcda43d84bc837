"""Reads a request's body, up to a limit that holds before all of it is in memory."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from smsc.errors import BadParameter, RequestTooLarge

MOST_BODY_OCTETS: Final = 64 * 1024
MOST_DEPTH: Final = 50  # of lists and objects in JSON


def header(scope: Mapping[str, Any], name: bytes) -> str | None:
    """Return a request's header, the first of that name; in a fraction of Starlette's time."""
    for named, value in scope["headers"]:
        if named == name:
            text: str = value.decode("latin-1")
            return text
    return None


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
    """Make sure that a JSON body is not too deep, and that no text in it has U+0000.

    That it is JSON at all, others check.

    Raises:
        BadParameter: it is, or one has.
    """
    has_nul = b"\\u0000" in body  # raw, it would be no JSON
    if not has_nul and body.count(b"[") + body.count(b"{") <= MOST_DEPTH:
        return
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    level: list[object] = [value]
    for _ in range(MOST_DEPTH):
        if any(isinstance(one, str) and "\x00" in one for one in level):
            raise BadParameter("The body contains U+0000.")
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise BadParameter(f"The body is nested more than {MOST_DEPTH} deep.")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, list):
        return value
    return (*value, *value.values()) if isinstance(value, dict) else ()


def replay(body: bytes) -> Receive:
    """Return a `receive` that hands out a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
