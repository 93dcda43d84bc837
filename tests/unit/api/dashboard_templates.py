"""What a template says outside `{% trans %}` and `_(…)`: what no catalogue could translate."""

import re
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

TEMPLATES = Path("api/dashboard/templates")
_SAID_BY_ATTRIBUTES = frozenset({"alt", "aria-label", "content", "placeholder", "title"})
_A_WORD = re.compile(r"[^\W\d_]{2,}")
# Names that are the same in every language, and what is for machines.
_NAMES = frozenset(
    {
        *("smsc", "AC…", "RQ…", "X-Twilio-Signature", "https://example.org/sms"),
        "https://example.org/events",
        "width=device-width, initial-scale=1",
    }
)


def bare_strings(source: str) -> list[str]:
    """Return the words that a reader would see in English whatever their language is."""
    shown, literals = _outside_translations(source)
    reader = _Reader()
    reader.feed(shown)
    reader.close()
    said = [text.strip(" \n·") for text in reader.said]
    return [one for one in said + literals if _A_WORD.search(one) and one not in _NAMES]


def _outside_translations(source: str) -> tuple[str, list[str]]:
    """Return the HTML with the translated parts cut out, and sentences in expressions."""
    shown: list[str] = []
    literals: list[str] = []
    in_translation = in_tag = False
    before: list[str] = []
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source):
        match kind:
            case "data" if not in_translation:
                shown.append(value)
            case "block_begin" | "variable_begin":
                in_tag, before = True, []
            case "block_end" | "variable_end":
                in_tag = False
                shown.append(" ")
            case "name" if in_tag and not before and value in {"trans", "endtrans"}:
                in_translation = value == "trans"
            case "string" if before[-2:] != ["_", "("] and _reads_as_sentence(value[1:-1]):
                literals.append(value[1:-1])
            case _:
                pass
        if in_tag and kind not in {"whitespace", "block_begin", "variable_begin"}:
            before.append(value)
    return "".join(shown), literals


def _reads_as_sentence(text: str) -> bool:
    is_field = re.fullmatch("([A-Z][a-z]+){2,}", text) is not None  # Twilio's, as FriendlyName
    return text[:1].isupper() and not text.isupper() and not is_field


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code = tag == "code"
        self.said += [value or "" for name, value in attrs if name in _SAID_BY_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.said.append(data)
