"""The languages that the house speaks to people: what its sentences are in each of them."""

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
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from smsc.languages.recognition import Recognition

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


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and how it writes dates, numbers and lines."""

    code: str
    locale: Locale
    catalogue: NullTranslations
    recognition: Recognition

    @property
    def direction(self) -> str:
        """Whether its lines run `ltr` or `rtl`."""
        return self.locale.text_direction


@cache
def language(code: str) -> Language:
    """Return one of `LANGUAGES`; English for what is none. Read at its first use."""
    known = code if code in LANGUAGES else "en"
    locale = Locale.parse(_CLDR.get(known, known))
    path = CATALOGUES / known / f"{DOMAIN}.po"
    if not path.exists():
        return Language(known, locale, NullTranslations(), Recognition([]))
    with path.open("rb") as file:
        catalogue = read_po(file, locale=known)
    pairs = [
        (str(one.id), str(one.string))
        for one in catalogue
        if isinstance(one.id, str) and one.string and not one.fuzzy and _is_of_the_house(one)
    ]
    recognition = Recognition(pairs, isolates=locale.text_direction == "rtl")
    return Language(known, locale, _compiled(catalogue), recognition)


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


def said(english: str) -> str:
    """Return what the house said in English, as refusals and reports do, as its reader says it."""
    return spoken().recognition.said(english)


def _is_of_the_house(message: Message) -> bool:
    """Whether it is said by parts that know no languages; pages say theirs by `gettext`."""
    return any(not where.startswith("api/dashboard/") for where, _ in message.locations)


def _compiled(catalogue: Catalog) -> NullTranslations:
    file = io.BytesIO()
    write_mo(file, catalogue)  # leaves out what is empty or uncertain
    file.seek(0)
    return GNUTranslations(file)
