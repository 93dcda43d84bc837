"""The catalogues that there are: whole, certain, and true to the sentences that they translate."""

import re
from collections.abc import Callable, Iterator
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from smsc import languages
from smsc.languages import CATALOGUES, DOMAIN, LANGUAGES

TRANSLATED = [code for code in LANGUAGES if (CATALOGUES / code / f"{DOMAIN}.po").exists()]
# What a sentence with a plural counts.
COUNTS = {"%(num)s", "%(number)s", "%(days)s", "%(minutes)s", "%(left)s"}
CATEGORIES = ["zero", "one", "two", "few", "many", "other"]  # of CLDR, as forms are listed
NUMBERS = range(
    1000
)  # from a million on, French and Spanish have a form more, which none of ours has


@pytest.fixture(params=TRANSLATED)
def code(request: pytest.FixtureRequest) -> Iterator[str]:
    """Speak each language that there is a catalogue of."""
    code = str(request.param)
    languages.speak(code)
    yield code
    languages.speak("en")


def test_a_catalogue_has_every_sentence_of_the_dashboard_and_no_other(code: str) -> None:
    source = {message.id for message in _read(CATALOGUES / f"{DOMAIN}.pot")}
    catalogue = _of(code)
    assert {message.id for message in catalogue} == source, "run: make words"
    assert not catalogue.obsolete


def test_a_catalogue_leaves_no_sentence_empty_or_uncertain(code: str) -> None:
    catalogue = _of(code)
    for message in _sentences(catalogue):
        forms = _forms(message)
        assert all(forms), message.id
        assert len(forms) == (catalogue.num_plurals if message.pluralizable else 1), message.id
        assert not message.fuzzy, message.id


def test_a_catalogue_divides_numbers_as_its_language_does(code: str) -> None:
    form, category = _form_of_number(_of(code)), Locale.parse(code).plural_form
    pairs = sorted({(form(number), category(number)) for number in NUMBERS})
    assert [form for form, _ in pairs] == list(range(_of(code).num_plurals))
    names = [name for _, name in pairs]
    assert names == [name for name in CATEGORIES if name in names]


def test_a_translation_names_the_facts_that_its_sentence_names(code: str) -> None:
    catalogue = _of(code)
    form_of_number = _form_of_number(catalogue)
    for message in _sentences(catalogue):
        if isinstance(message.id, str):
            assert _facts(*_forms(message)) == _facts(message.id), message.id
            continue
        one, many = (_facts(source) for source in message.id)
        for form, said in enumerate(_forms(message)):
            served = [number for number in NUMBERS if form_of_number(number) == form]
            needed = one if max(served) <= 1 else many
            if len(served) == 1:  # “two segments” is one word in Arabic
                needed = needed - COUNTS
            assert needed <= _facts(said) <= one | many, (message.id, form)


def test_a_translation_begins_and_ends_with_the_spaces_of_its_sentence(code: str) -> None:
    for message in _sentences(_of(code)):
        source = message.id if isinstance(message.id, str) else message.id[0]
        for said in _forms(message):
            assert _margins(said) == _margins(source), message.id


def test_what_a_catalogue_says_is_what_a_page_says(code: str) -> None:
    for message in _sentences(_of(code)):
        if isinstance(message.id, str):
            assert languages.translated(message.id) == message.string
        else:
            one, many = message.id
            said = {languages.translated_plural(one, many, number) for number in NUMBERS}
            assert said == set(_forms(message))


def _of(code: str) -> Catalog:
    return _read(CATALOGUES / code / f"{DOMAIN}.po")


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)  # what has no ID is the header


def _forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _form_of_number(catalogue: Catalog) -> Callable[[int], int]:
    return c2py(catalogue.plural_expr)


def _facts(*texts: str) -> set[str]:
    return {fact for text in texts for fact in re.findall(r"%\(\w+\).", text)}


def _margins(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()
