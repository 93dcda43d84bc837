"""The headers that every answer of the dashboard has: what a browser may do with it."""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFETY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PRIVATE: Final = {"Cache-Control": "no-store"}
# Where customers come by TLS, browsers never come without it again: for a year.
TLS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Guarding:
    """Adds them to answers that lack them: redirects, files, what a handler forgot."""

    def __init__(self, app: ASGIApp, *, over_tls: bool) -> None:
        self._app = app
        self._headers = SAFETY | PRIVATE | (TLS_ONLY if over_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what is no HTTP, as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_absent(MutableHeaders(scope=message), self._headers.items())
            await send(message)

        await self._app(scope, receive, send_guarded)


def add_absent(headers: MutableHeaders, wanted: Iterable[tuple[str, str]]) -> None:
    """Set the headers that an answer does not have."""
    for name, value in wanted:
        headers.setdefault(name, value)
