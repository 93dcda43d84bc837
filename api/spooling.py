"""Receives a long body into a file, so that neither memory nor a connection waits for it."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from starlette.requests import ClientDisconnect, Request

from smsc.errors import BadParameter, RequestTooLarge

IN_MEMORY_OCTETS: Final = 1024 * 1024  # what is longer goes to the disk


@dataclass(frozen=True, slots=True)
class Spooled:
    """A body that has come whole, at its beginning, and its SHA-256."""

    file: BinaryIO
    digest: bytes


@asynccontextmanager
async def spooled(request: Request, most: int) -> AsyncIterator[Spooled]:
    """Lend a request's body as a file.

    Raises:
        RequestTooLarge: it is announced to be, or turns out, longer than `most` octets.
        BadParameter: the announced length is no number.
        ClientDisconnect: the client went away.
    """
    length = request.headers.get("content-length")
    if length is not None and not (length.isascii() and length.isdecimal()):
        raise BadParameter("Content-Length is not a number.")
    if length is not None and int(length) > most:
        raise RequestTooLarge(most)
    digest = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(IN_MEMORY_OCTETS) as file:
        octets = 0
        more = True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            octets += len(chunk)
            if octets > most:
                raise RequestTooLarge(most)
            digest.update(chunk)
            file.write(chunk)
            more = message.get("more_body", False)
        file.seek(0)
        yield Spooled(cast("BinaryIO", file), digest.digest())
