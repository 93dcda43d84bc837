"""A text with placeholders that each recipient's own values fill; pure."""

import re
from collections.abc import Mapping
from typing import Final

from smsc.errors import BadParameter
from smsc.errors.bulk import UnusableLine

_MARKS: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")


class Template:
    """`Dear {name}` and the names in it. Two braces stand for one that is meant as such."""

    def __init__(self, text: str) -> None:
        """Read a text.

        Raises:
            BadParameter: a brace that neither begins nor ends a placeholder.
        """
        self.text = text
        self._names: list[str] = []
        self._format = _MARKS.sub(self._replace, text.replace("%", "%%"))

    @property
    def names(self) -> frozenset[str]:
        """What has to be filled in."""
        return frozenset(self._names)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with a recipient's values.

        Raises:
            UnusableLine: one is missing.
        """
        try:
            return self._format % tuple([values[name] for name in self._names])
        except KeyError as missing:
            raise UnusableLine(
                f"It has no value for {{{missing.args[0]}}}: add one, even if it is empty."
            ) from None

    def _replace(self, mark: re.Match[str]) -> str:
        found = mark.group()
        if found in {"{{", "}}"}:
            return found[0]
        if not mark.group(1):
            raise BadParameter(
                f"'Body' has a {found!r} that belongs to no placeholder such as {{name}}; "
                f"write {found * 2} for the brace itself."
            )
        self._names.append(mark.group(1))
        return "%s"
