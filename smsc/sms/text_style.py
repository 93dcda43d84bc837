"""How a connector wants text on the wire: its alphabets, packing, and how parts are told."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from smsc.sms.alphabet import Alphabet


class Concatenation(StrEnum):
    """How the segments of a long message say that they belong together."""

    UDH8 = "udh8"  # a user data header with an 8-bit reference
    UDH16 = "udh16"  # with a 16-bit one, which takes an octet more of each segment
    SAR = "sar"  # the sar_* parameters, from which the SMSC makes headers
    PAYLOAD = "payload"  # not at all: all in one message_payload, which the SMSC cuts


NEED_TLVS: Final = frozenset({Concatenation.SAR, Concatenation.PAYLOAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """What decides on the octets of a text. The default is what most peers expect."""

    alphabet: Alphabet = Alphabet.GSM7  # what the peer calls data_coding 0
    packed: bool = False  # GSM 7-bit eight septets in seven octets
    latin1: bool = False  # data_coding 3 for what Latin-1 and GSM 7-bit both have
    concatenation: Concatenation = Concatenation.UDH8
    flash: bool = False  # class 0: shown at once, kept nowhere

    def words(self) -> str | None:
        """Return the style as a column keeps it; None for the default."""
        return " ".join(_words(self)) or None

    def flashing(self) -> "TextStyle":
        """Return the same for a message of class 0."""
        return replace(self, flash=True)


DEFAULT: Final = TextStyle()


@lru_cache(maxsize=256)
def parse_style(words: str | None) -> TextStyle:
    """Read a style from its words; None is the default, words of newer releases are passed over."""
    if not words:
        return DEFAULT
    said = set(words.split(" "))
    alphabets = [alphabet for alphabet in Alphabet if alphabet.value in said]
    ways = [way for way in Concatenation if way.value in said]
    return TextStyle(
        alphabet=alphabets[0] if alphabets else DEFAULT.alphabet,
        packed="packed" in said,
        latin1="dc3" in said,
        concatenation=ways[0] if ways else DEFAULT.concatenation,
        flash="flash" in said,
    )


def _words(style: TextStyle) -> list[str]:
    words = []
    if style.alphabet is not DEFAULT.alphabet:
        words.append(style.alphabet.value)
    if style.packed:
        words.append("packed")
    if style.latin1:
        words.append("dc3")
    if style.concatenation is not DEFAULT.concatenation:
        words.append(style.concatenation.value)
    if style.flash:
        words.append("flash")
    return words
