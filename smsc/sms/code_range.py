"""A code or a range of codes as people write it: `69`, `0x45`, `500-599`, `0x400-0x4FF`."""

import re
from typing import Final, NamedTuple

_ONE: Final = r"(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})"
_RANGE: Final = re.compile(rf"{_ONE}(?:\s*-\s*{_ONE})?")


class CodeRange(NamedTuple):
    """Codes from `first` to `last`, both of them included."""

    first: int
    last: int
    is_hexadecimal: bool  # written so

    @property
    def width(self) -> int:
        """How many codes it spans: the narrowest range that has a code decides on it."""
        return self.last - self.first

    def holds(self, code: int) -> bool:
        """Say whether a code is in it."""
        return self.first <= code <= self.last


def parse_range(text: str) -> CodeRange | None:
    """Read a code or a range; None when it is neither, or begins after its end.

    Both ends of a range are written in one base.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    first, last = found[1].lower(), (found[2] or found[1]).lower()
    is_hexadecimal = first.startswith("0x")
    if is_hexadecimal != last.startswith("0x"):
        return None
    base = 16 if is_hexadecimal else 10
    parsed = CodeRange(int(first, base), int(last, base), is_hexadecimal)
    return parsed if parsed.first <= parsed.last else None
