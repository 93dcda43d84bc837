"""What every answer has: an id, which the log of a failure names too, and what keeps it private."""

import os
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER: Final = b"twilio-request-id"
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_NO_CACHE: Final = (b"cache-control", b"no-store")  # tokens, texts and numbers are in answers
IN_SCOPE: Final = "request_id"

Headers = Sequence[tuple[bytes, bytes]]


def begin() -> dict[str, str]:
    """Return what a new request's scope has besides."""
    return {IN_SCOPE: f"RQ{os.urandom(16).hex()}"}


def of(request: Request) -> str:
    """Return the id of a request; of one that another server brought in, an empty text."""
    request_id: str = request.scope.get(IN_SCOPE, "")
    return request_id


def stamped(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> Headers:
    """Add to an answer's headers the id, and what keeps it from caches and guesses; each once."""
    kept = [header for header in headers if header[0] != _HEADER]
    names = {name for name, _ in kept}
    kept += [header for header in (_NO_SNIFFING, _NO_CACHE) if header[0] not in names]
    return [*kept, (_HEADER, request_id.encode())]


class RequestIds:
    """Gives each request its id, and each answer too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with an id; what is no HTTP, as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.update(begin())

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = stamped(message["headers"], scope[IN_SCOPE])
            await send(message)

        await self._app(scope, receive, send_stamped)
