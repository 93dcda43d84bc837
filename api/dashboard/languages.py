"""What pages need of languages; and which a reader gets: what the browser asks for, at first."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from smsc.languages import (
    LANGUAGES,
    Language,
    gettext,
    language,
    ngettext,
    said,
    speak,
    speaking,
    spoken,
    translated,
    translated_plural,
)

__all__ = [
    "LANGUAGES",
    "Language",
    "Listening",
    "gettext",
    "language",
    "negotiated",
    "ngettext",
    "said",
    "speak",
    "speaking",
    "spoken",
    "translated",
    "translated_plural",
]

_MOST_ASKED: Final = 20


def negotiated(accept_language: str) -> str:
    """Return which of ours a browser would rather have, by its `Accept-Language`.

    Source: RFC 9110 §12.5.4.
    """
    wishes: list[tuple[float, str]] = []
    for wish in accept_language.split(",")[:_MOST_ASKED]:
        tag, _, parameters = wish.strip().partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        wishes.append((-weight, tag.partition("-")[0].lower()))
    for weight, code in sorted(wishes, key=lambda wish: wish[0]):
        if code in LANGUAGES and weight < 0:
            return code
    return "en"


class Listening:
    """Begins each request in the language that the browser asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] == "http":
            speak(negotiated(Headers(scope=scope).get("accept-language", "")))
        await self._app(scope, receive, send)
