"""The GSM 7-bit default alphabet, and what a connector may have in its place."""

import codecs
import re
from enum import StrEnum
from typing import Final

ESC: Final = 0x1B

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

# One octet each way, the fast way of `codecs`. U+FFFE is its mark for "nothing here": ESC alone
# stands for no character, and above 0x7F there are no septets.
_BASIC_MAP: Final = codecs.charmap_build(BASIC.replace("\x1b", "\ufffe") + "\ufffe" * 128)
_BASIC_TABLE: Final = BASIC + "\ufffd" * 128
_WHOLE_MAP: Final = {
    ord(character): bytes((septet,)) for septet, character in enumerate(BASIC) if septet != ESC
} | {ord(character): bytes((ESC, septet)) for septet, character in EXTENSION.items()}
_AFTER_ESC: Final = {BASIC[septet]: character for septet, character in EXTENSION.items()} | {
    "": " ",  # a lone ESC
    "\x1b": " ",  # reserved for a further table
}
_ESCAPED: Final = re.compile(r"\x1b(.?)", re.DOTALL)

# ASCII in, one septet out: most bodies, without a look at each character from Python.
_ASCII_TO_SEPTETS: Final = bytes(
    BASIC.find(chr(octet)) % 256 if octet < 0x80 else 0xFF for octet in range(256)
)
_ASCII_OUTSIDE_BASIC: Final = bytes(
    octet for octet in range(0x80) if octet == ESC or chr(octet) not in BASIC
)


class Alphabet(StrEnum):
    """What a connector calls data_coding 0, the "SMSC default alphabet"."""

    GSM7 = "gsm7"
    LATIN1 = "latin1"
    ASCII = "ascii"
    UTF8 = "utf8"


class UnencodableText(ValueError):
    """The text has a character that the GSM 7-bit default alphabet lacks."""

    def __init__(self, character: str) -> None:
        super().__init__(f"{character!r} (U+{ord(character):04X}) is not in the GSM 7-bit alphabet")
        self.character = character


def is_basic_ascii(text: str) -> bool:
    """Say whether `text` is ASCII and takes one septet a character: the cheap question."""
    return text.isascii() and len(text.encode().translate(None, _ASCII_OUTSIDE_BASIC)) == len(text)


def encode_basic(text: str) -> bytes | None:
    """Encode to GSM 7-bit what `is_basic_ascii`; None: it is not."""
    if not text.isascii():
        return None
    octets = text.encode()
    if len(octets.translate(None, _ASCII_OUTSIDE_BASIC)) != len(octets):
        return None
    return octets.translate(_ASCII_TO_SEPTETS)


def encode_gsm7(text: str) -> bytes:
    """Encode to GSM 7-bit, unpacked: one septet an octet, extension characters as ESC pairs.

    ESC (0x1B) stands in the result only as the first of a pair.

    Source: 3GPP TS 23.038 §6.2.1, §6.2.1.1.

    Raises:
        UnencodableText: a character is in neither table.
    """
    octets = encode_basic(text)
    if octets is not None:
        return octets
    try:
        return codecs.charmap_encode(text, "strict", _BASIC_MAP)[0]
    except UnicodeEncodeError:
        return _encode_with_extension(text)


def decode_gsm7(octets: bytes) -> str:
    """Decode unpacked GSM 7-bit octets; what is no septet becomes U+FFFD.

    A lone ESC, and ESC twice, read as a space; ESC before an unknown septet reads as that septet's
    basic character.

    Source: 3GPP TS 23.038 §6.2.1.1.
    """
    text = codecs.charmap_decode(octets, "strict", _BASIC_TABLE)[0]
    if ESC not in octets:
        return text
    return _ESCAPED.sub(lambda pair: _AFTER_ESC.get(pair[1], pair[1]), text)


def is_gsm7(text: str) -> bool:
    """Say whether GSM 7-bit, its extension included, has every character of `text`."""
    if is_basic_ascii(text):
        return True
    try:
        encode_gsm7(text)
    except UnencodableText:
        return False
    return True


def count_septets(text: str) -> int:
    """Count the septets of `text`; extension characters take two.

    Raises:
        UnencodableText: a character is in neither table.
    """
    return len(text) if is_basic_ascii(text) else len(encode_gsm7(text))


def _encode_with_extension(text: str) -> bytes:
    try:
        return codecs.charmap_encode(text, "strict", _WHOLE_MAP)[0]
    except UnicodeEncodeError as error:
        raise UnencodableText(text[error.start]) from None
