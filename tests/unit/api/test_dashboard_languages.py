import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from api.dashboard import rendering, writing
from api.dashboard.languages import negotiated
from smsc import languages
from smsc.languages import CATALOGUES, DOMAIN, gettext, ngettext
from tests.unit.api.dashboard_templates import TEMPLATES, bare_strings

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
MOMENT = datetime(2026, 11, 26, 1, 2, 3, 456_000, tzinfo=UTC)
FRENCH = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Sign in to %(place)s"
msgstr "Se connecter à %(place)s"

msgid "%(num)s message"
msgid_plural "%(num)s messages"
msgstr[0] "%(num)s message reçu"
msgstr[1] "%(num)s messages reçus"

msgid "Not yet translated"
msgstr ""

#, fuzzy
msgid "Uncertain"
msgstr "Perhaps"
"""


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak French, by a catalogue of four sentences."""
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / f"{DOMAIN}.po").write_text(FRENCH, encoding="utf-8")
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    languages.language.cache_clear()
    languages.speak("fr")
    yield
    languages.speak("en")
    languages.language.cache_clear()


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_says_what_no_catalogue_can_translate(template: Path) -> None:
    assert bare_strings(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<h1>Messages</h1>",
        '<nav aria-label="Pages">{{ x }}</nav>',
        "{% trans %}Said{% endtrans %}<p>Hello {{ name }}</p>",
        "{{ 'Pause' if running else _('Resume') }}",
    ],
)
def test_a_bare_string_is_found(source: str) -> None:
    assert len(bare_strings(source)) == 1


def test_the_template_of_the_catalogues_has_every_sentence_of_the_dashboard(tmp_path: Path) -> None:
    fresh = tmp_path / "dashboard.pot"
    extract = [*("extract", "-F", "pyproject.toml", "-k", "N_", "-o", str(fresh)), "."]
    pybabel = Path(sys.executable).with_name("pybabel")
    subprocess.run([pybabel, "-q", *extract], check=True, timeout=60)
    known = _sentences(CATALOGUES / f"{DOMAIN}.pot")
    assert _sentences(fresh) == known, "run: make words"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.8", "fr"),
        ("de, km;q=0.5, en;q=0.4", "km"),
        ("en;q=0.1, ar-SA;q=0.9", "ar"),
        ("fr;q=0, es;q=0.1", "es"),
        ("lo;q=many, es", "es"),
        ("*", "en"),
        ("tlh", "en"),
    ],
)
def test_a_browser_gets_of_our_languages_the_one_that_it_likes_best(asked: str, given: str) -> None:
    assert negotiated(asked) == given


@pytest.mark.usefixtures("french")
def test_what_is_translated_is_said_in_the_language_and_the_rest_in_english() -> None:
    assert gettext("Sign in to %(place)s", place="Mékong") == "Se connecter à Mékong"
    assert ngettext("%(num)s message", "%(num)s messages", 0) == "0 message reçu"
    assert ngettext("%(num)s message", "%(num)s messages", 2) == "2 messages reçus"
    assert gettext("Not yet translated") == "Not yet translated"
    assert gettext("Uncertain") == "Uncertain"


def test_a_language_without_a_catalogue_falls_back_to_english_and_keeps_its_direction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    languages.language.cache_clear()
    arabic = languages.language("ar")
    languages.language.cache_clear()
    assert arabic.catalogue.gettext("Sign in") == "Sign in"
    assert arabic.direction == "rtl"


def test_a_moment_is_written_in_the_readers_zone_and_language() -> None:
    shown = writing.moment(MOMENT, PHNOM_PENH)
    assert "26 Nov 2026, 08:02:03 +07" in shown
    assert 'datetime="2026-11-26T01:02:03.456000+00:00"' in shown
    assert "08:02:03.456" in writing.moment(MOMENT, PHNOM_PENH, to_the_millisecond=True)


@pytest.mark.usefixtures("french")
def test_figures_are_written_as_the_language_writes_them() -> None:
    assert writing.count(1234567) == "1\u202f234\u202f567"
    assert writing.share(0.755) == "75,5\u00a0%"
    assert "26 nov. 2026" in writing.moment(MOMENT, PHNOM_PENH)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _sentences(path: Path) -> set[object]:
    return {message.id for message in _read(path)}


def test_a_word_of_a_template_is_in_the_language_of_each_reader() -> None:
    template = rendering._templates().from_string("{{ 'delivered' | word }}")
    said = set()
    for code in ("en", "fr", "ar"):
        languages.speak(code)
        said.add(template.render())
    languages.speak("en")
    assert len(said) == 3
