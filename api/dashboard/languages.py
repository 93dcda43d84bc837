"""The languages of the dashboard: which one a reader gets, and what our sentences are in it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

CATALOGUES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "dashboard"
# By code: what its own readers call it. English is the source, and what stands in for the others.
LANGUAGES: Final = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "km": "ខ្មែរ",
    "lo": "ລາວ",
    "ar": "العربية",
}
_CLDR: Final = {"en": "en_GB"}  # the day before the month, 24 hours
_MOST_ASKED: Final = 20


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and how it writes dates, numbers and lines."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    @property
    def direction(self) -> str:
        """Whether its lines run `ltr` or `rtl`."""
        return self.locale.text_direction


@cache
def language(code: str) -> Language:
    """Return one of `LANGUAGES`; English for what is none. Read at its first use."""
    known = code if code in LANGUAGES else "en"
    return Language(known, Locale.parse(_CLDR.get(known, known)), _catalogue(known))


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


_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def speak(code: str) -> None:
    """Use this language for the rest of the request."""
    _spoken.set(code)


@contextmanager
def speaking(code: str | None) -> Iterator[Language]:
    """Use a language for the block: of who reads a mail, not of who causes it; None: the same."""
    before = _spoken.get()
    _spoken.set(code or before)
    try:
        yield spoken()
    finally:
        _spoken.set(before)


def spoken() -> Language:
    """Return the language of the request."""
    return language(_spoken.get())


class Listening:
    """Begins each request in the language that the browser asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] == "http":
            speak(negotiated(Headers(scope=scope).get("accept-language", "")))
        await self._app(scope, receive, send)


def translated(message: str) -> str:
    """Return a sentence in the language of the request: for templates, which fill it in."""
    return spoken().catalogue.gettext(message)


def translated_plural(one: str, many: str, count: int) -> str:
    """Return the form of a sentence for `count`: for templates, which fill it in."""
    return spoken().catalogue.ngettext(one, many, count)


def gettext(message: str, **facts: object) -> str:
    """Return a sentence in the language of the request, with `%(name)s` filled in."""
    return translated(message) % facts


def ngettext(one: str, many: str, count: int, **facts: object) -> str:
    """Return the form of a sentence for `count`, with `%(num)s` and `%(name)s` filled in."""
    return translated_plural(one, many, count) % ({"num": count} | facts)


def _catalogue(code: str) -> NullTranslations:
    path = CATALOGUES / code / f"{DOMAIN}.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))  # leaves out what is empty or uncertain
    compiled.seek(0)
    return GNUTranslations(compiled)
