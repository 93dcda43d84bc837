"""What a mail looks like: plain text, and the same as HTML under the carrier's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its reader's language; `link` is what it asks its reader to open."""

    recipient: str
    subject: str
    paragraphs: Sequence[str]
    link: tuple[str, str] | None = None  # its words and its URL
    language: str = "en"
    direction: str = "ltr"

    def text(self, carrier_name: str) -> str:
        """Return it as plain text."""
        parts = list(self.paragraphs)
        if self.link is not None:
            parts.insert(1, "{}:\n{}".format(*self.link))
        return "\n\n".join([*parts, f"-- \n{carrier_name}"]) + "\n"

    def html(self, carrier_name: str, color: str | None = None) -> str:
        """Return it as HTML that all mail programs show: no scripts, no files from elsewhere."""
        color = escape(color or _COLOR)
        parts = [f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs]
        if self.link is not None:
            words, url = map(escape, self.link)
            parts.insert(
                1, f'<p><a href="{url}" style="{_BUTTON};background:{color}">{words}</a></p>'
            )
            parts.append(f'<p style="{_SMALL}"><bdi dir="ltr">{url}</bdi></p>')
        return (
            f'<!doctype html><html lang="{self.language}" dir="{self.direction}">'
            f'<head><meta charset="utf-8"><title>{escape(self.subject)}</title></head>'
            f'<body style="{_BODY}"><h1 style="{_NAME};color:{color}">{escape(carrier_name)}</h1>'
            f"{''.join(parts)}</body></html>"
        )


_BODY: Final = (
    "max-width:36rem;margin:0 auto;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:#17211e"
)
_COLOR: Final = "#0b6b57"
_NAME: Final = "font-size:1.1rem"
_BUTTON: Final = (
    "display:inline-block;padding:.5rem 1rem;border-radius:6px;color:#fff;"
    "font-weight:600;text-decoration:none"
)
_SMALL: Final = "font-size:.85rem;color:#55645f;overflow-wrap:anywhere"
