"""Replaces look-alikes of GSM 7-bit characters, so that typography alone needs no UCS-2.

One curly quote makes 70 characters an SMS of 160. What word processors, phones and copied web
pages put in place of plain characters is put back; letters of other scripts, accents that GSM
7-bit lacks, and emoji are never touched.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from smsc.sms.alphabet import is_gsm7


def _range(first: int, last: int) -> str:
    """Return the characters from `first` to `last`, both included."""
    return "".join(map(chr, range(first, last + 1)))


# What stands for what, by kind.
_QUOTES: Final = {
    # curly, low, reversed, heavy, ornamental; guillemets; double primes and ditto marks
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u275d\u275e\u301d\u301e\u301f\u02ba"
    "\u02ee\u02dd\u3003",
    # the same with one stroke; acute and grave accents that stand alone; modifier letters
    "'": "\u2018\u2019\u201b\u00b4\u0060\u2032\u2035\u2039\u203a\u275b\u275c\u02b9\u02bb\u02bc"
    "\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0313\u0314",
}
_DASHES: Final = {
    # hyphens, en and em dashes, bars, minus, bullets, and lines drawn of them
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2022\u2023\u25e6\u2219\u02d7\ufe58"
    "\ufe63\u2500\u2501\u23af",
    "~": "\u02dc\u02f7\u223c\u2053\u301c",
}
_DOTS: Final = {
    "...": "\u2026\u22ef",
    "..": "\u2025",
    ".": "\u2024\ufe52",
    ",": "\u201a\ufe50\uff64",
    ":": "\u02d0\u02f8\u2236\ua789\ufe13\ufe55",
    ";": "\u204f\ufe14\ufe54",
    "!": "\ufe15\ufe57",
    "?": "\ufe16\ufe56",
    "??": "\u2047",
    "?!": "\u2048",
}
_STROKES: Final = {
    "/": "\u2044\u2215\u29f8",
    "\\": "\u2216\u29f5\u29f9\ufe68",
    "|": "\u2223\u2758\u23d0",
    "_": "\u2017\u02cd\ufe4d\ufe4e\ufe4f",
    "^": "\u02c6\u2303",
}
_ASTERISKS: Final = {
    "*": "\u2217\u204e\u22c6\ufe61"
    + _range(0x2722, 0x2725)
    + _range(0x2731, 0x2732)
    # flowers and snowflakes with as many petals
    + "\u273a\u273b\u273c\u273d\u2743\u2749\u274a\u274b",
}
_BRACKETS: Final = {
    "(": "\u2768\u276a\ufe59\u207d\u208d",
    ")": "\u2769\u276b\ufe5a\u207e\u208e",
    "[": "\u2772\u27e6",
    "]": "\u2773\u27e7",
    "{": "\u2774\ufe5b",
    "}": "\u2775\ufe5c",
    "<": "\u276e\u2329\u27e8\u3008\ufe64",
    ">": "\u276f\u232a\u27e9\u3009\ufe65",
}
_SMALL_FORMS: Final = {
    "#": "\ufe5f",
    "$": "\ufe69",
    "%": "\ufe6a",
    "&": "\ufe60",
    "+": "\ufe62\u207a\u208a\u02d6",
    "=": "\ufe66\u207c\u208c\ua78a",
    "@": "\ufe6b",
}
_FRACTIONS: Final = {
    "1/4": "\u00bc",
    "1/2": "\u00bd",
    "3/4": "\u00be",
    "1/7": "\u2150",
    "1/9": "\u2151",
    "1/10": "\u2152",
    "1/3": "\u2153",
    "2/3": "\u2154",
    "1/5": "\u2155",
    "2/5": "\u2156",
    "3/5": "\u2157",
    "4/5": "\u2158",
    "1/6": "\u2159",
    "5/6": "\u215a",
    "1/8": "\u215b",
    "3/8": "\u215c",
    "5/8": "\u215d",
    "7/8": "\u215e",
    "0/3": "\u2189",
}
# Marks that overlay the character before them, written after it instead.
_COMBINING_STROKES: Final = {
    "-": "\u0335\u0336",
    "/": "\u0337\u0338",
    "|": "\u20d2\u20d3",
    "\\": "\u20e5",
    "_": "\u0332\u0333",
    "=": "\u0347",
    "~": "\u0334",
}
_SPACES: Final = {
    " ": "\t\u00a0\u1680" + _range(0x2000, 0x200A) + "\u202f\u205f\u2800\u3000",
    "\n": "\u0085\u2028\u2029\u000b",
}
# Zero-width spaces and joiners, marks of direction, soft hyphens, byte order marks.
_NOTHING: Final = {
    "": "\u00ad\u034f\u061c\u180e"
    + _range(0x200B, 0x200F)
    + _range(0x202A, 0x202E)
    + _range(0x2060, 0x2064)
    + _range(0x2066, 0x2069)
    + "\ufeff\ufe0e",
}
_FULL_WIDTH: Final = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


def _entries() -> Iterator[tuple[int, str]]:
    groups: list[Mapping[str, str]] = [
        _QUOTES,
        _DASHES,
        _DOTS,
        _STROKES,
        _ASTERISKS,
        _BRACKETS,
        _SMALL_FORMS,
        _FRACTIONS,
        _COMBINING_STROKES,
        _SPACES,
        _NOTHING,
        _FULL_WIDTH,
    ]
    for group in groups:
        for plain, look_alikes in group.items():
            for character in look_alikes:
                yield ord(character), "'" if plain == "`" else plain


LOOK_ALIKES: Final[Mapping[int, str]] = dict(_entries())


def simplify(text: str, most_characters: int | None = None) -> str:
    """Return `text` with look-alikes replaced if GSM 7-bit then has all of it, else as it is.

    A text that stays UCS-2 gains nothing, so nothing of it is changed; nor is one that would
    become longer than `most_characters`.

    Source: https://www.twilio.com/docs/messaging/services/smart-encoding-char-list
    """
    if is_gsm7(text):
        return text
    plain = text.translate(LOOK_ALIKES)
    too_long = most_characters is not None and len(plain) > most_characters
    return text if too_long or not is_gsm7(plain) else plain
