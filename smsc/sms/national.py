"""National language shift tables: GSM 7-bit text in Turkish, Spanish, Portuguese, Indic and Urdu.

We read them; we never send them: hardly a gateway passes the header elements on.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import Final, NamedTuple

from smsc.sms.alphabet import BASIC, ESC, EXTENSION


class Language(IntEnum):
    """The national language identifiers.

    Source: 3GPP TS 23.038 §6.2.1.2.4.
    """

    TURKISH = 1
    SPANISH = 2
    PORTUGUESE = 3
    BENGALI = 4
    GUJARATI = 5
    HINDI = 6
    KANNADA = 7
    MALAYALAM = 8
    ORIYA = 9
    PUNJABI = 10
    TAMIL = 11
    TELUGU = 12
    URDU = 13


class Shifts(NamedTuple):
    """Which tables a message uses, by language identifier; 0 is the default one."""

    single: int = 0  # after an escape
    locking: int = 0  # for all the rest


NO_SHIFTS: Final = Shifts()


def decode_shifted(septets: bytes, shifts: Shifts) -> str:
    """Decode unpacked septets by national tables; identifiers that we don't know are the default.

    A septet that its table leaves empty reads as a space; an escaped one as its unescaped
    character.

    Source: 3GPP TS 23.038 §6.2.1.2.2, §6.2.1.2.3, Annex A.
    """
    locking, single = _locking(shifts.locking), _single(shifts.single)
    text: list[str] = []
    position, end = 0, len(septets)
    while position < end:
        septet = septets[position]
        position += 1
        if septet > 0x7F:
            text.append("\ufffd")
        elif septet != ESC:
            text.append(locking[septet])
        elif position == end or septets[position] == ESC:
            text.append(" ")
            position += 1
        else:
            escaped = septets[position]
            position += 1
            plain = locking[escaped] if escaped <= 0x7F else "\ufffd"
            text.append(single.get(escaped, plain))
    return "".join(text)


@cache
def _locking(language: int) -> str:
    if language == Language.TURKISH:
        return _changed(BASIC, _TURKISH_LOCKING)
    if language == Language.PORTUGUESE:
        return _changed(BASIC, _PORTUGUESE_LOCKING)
    if language == Language.URDU:
        letters = iter(_URDU_LETTERS)
        return _shaped(lambda _: next(letters), _URDU_LAST)
    if language in _SCRIPTS:
        script = _SCRIPTS[Language(language)]
        return _shaped(
            lambda offset: " " if offset in script.holes else chr(script.block + offset),
            script.last,
        )
    return BASIC


@cache
def _single(language: int) -> dict[int, str]:
    if language in _SHIFTED:
        return EXTENSION | _SHIFTED[Language(language)]
    digits = _DIGITS.get(Language(language)) if language in set(Language) else None
    if digits is None:
        return EXTENSION
    table = EXTENSION | _INDIC_SIGNS
    table |= {0x41 + index: chr(0x41 + index) for index in range(26)}
    table |= {
        septet: character
        for septet, character in zip(_EXTRA_SEPTETS, digits, strict=False)
        if character != " "
    }
    if language == Language.URDU:
        table[0x3F] = "\u06d4"
    return table


def _changed(table: str, changes: dict[int, str]) -> str:
    return "".join(changes.get(septet, character) for septet, character in enumerate(table))


def _shaped(letter: Callable[[int], str], last: str) -> str:
    """Fill the shape that the Indic tables and Urdu's share: signs, digits and a to z in place.

    The letters stand in the order of their script's block, whatever lies between them.
    """
    table = list(BASIC)
    table[0x28:0x2A] = [")", "("]
    for septet, offset in _LETTER_SEPTETS:
        table[septet] = letter(offset)
    table[0x60], table[0x7B:0x80] = last[0], list(last[1:])
    return "".join(table)


# Where the letters of a script stand: (septet, offset in the script's Unicode block). The blocks of
# the Indic scripts are laid out alike, so one list does for all; what a script lacks is a hole.
_LETTER_SEPTETS: Final = [
    *zip(range(0x0A), [1, 2, 3, 5, 6, 7, 8, 9, 10, 11], strict=True),
    *zip([0x0B, 0x0C, 0x0E, 0x0F], range(0x0C, 0x10), strict=True),
    *zip(range(0x10, 0x1B), range(0x10, 0x1B), strict=True),
    *zip(range(0x1C, 0x20), range(0x1B, 0x1F), strict=True),
    *zip(range(0x22, 0x28), range(0x1F, 0x25), strict=True),
    *zip([0x2A, 0x2B, 0x2D, 0x2F], range(0x25, 0x29), strict=True),
    *zip([0x3C, 0x3D, 0x3E], range(0x29, 0x2C), strict=True),
    *zip(range(0x40, 0x4E), range(0x2C, 0x3A), strict=True),
    *zip([0x4E, 0x4F], [0x3C, 0x3D], strict=True),
    *zip(range(0x50, 0x60), range(0x3E, 0x4E), strict=True),
]


class _Script(NamedTuple):
    """The block of a script, its holes, and what stands at 0x60 and from 0x7B to 0x7F."""

    block: int
    holes: frozenset[int]
    last: str


def _script(block: int, holes: str, last: str) -> _Script:
    return _Script(
        block,
        frozenset(bytes.fromhex(holes)),
        "".join(chr(block + offset) for offset in bytes.fromhex(last)),
    )


# Source: 3GPP TS 23.038 §A.3.4 to §A.3.12.
_SCRIPTS: Final = {
    Language.BENGALI: _script(
        0x0980, "0D 0E 11 12 29 31 33 34 35 45 46 49 4A", "4E 57 5C 5D 70 71"
    ),
    Language.GUJARATI: _script(0x0A80, "0E 12 29 31 34 46 4A", "50 60 61 62 63 71"),
    Language.HINDI: _script(0x0900, "", "50 72 7B 7C 7E 7F"),
    Language.KANNADA: _script(0x0C80, "01 0D 11 29 34 45 49", "55 56 60 61 62 63"),
    Language.MALAYALAM: _script(0x0D00, "01 0D 11 29 3C 45 49", "57 60 61 62 63 79"),
    Language.ORIYA: _script(0x0B00, "0D 0E 11 12 29 31 34 45 46 49 4A", "56 57 60 61 62 63"),
    Language.PUNJABI: _script(
        0x0A00, "0B 0C 0D 0E 11 12 29 31 34 37 3D 43 44 45 46 49 4A", "51 70 71 72 73 74"
    ),
    Language.TAMIL: _script(
        0x0B80,
        "01 0B 0C 0D 11 16 17 18 1B 1D 20 21 22 25 26 27 2B 2C 2D 3C 3D 43 44 45 49",
        "50 57 70 71 72 79",
    ),
    Language.TELUGU: _script(0x0C00, "0D 11 29 34 3C 45 49", "55 56 60 61 62 63"),
}

# Source: §A.3.13. In the order of `_LETTER_SEPTETS`.
_URDU_LETTERS: Final = (
    "\u0627\u0622\u0628\u067b\u0680\u067e\u06a6\u062a\u06c2\u067f\u0679\u067d\u067a\u067c"
    "\u062b\u062c\u0681\u0684\u0683\u0685\u0686\u0687\u062d\u062e\u062f\u068c\u0688\u0689\u068a"
    "\u068f\u068d\u0630\u0631\u0691\u0693\u0699\u0632\u0696\u0698\u069a\u0633\u0634"
    "\u0635\u0636\u0637\u0638\u0639\u0641\u0642\u06a9\u06aa\u06ab\u06af\u06b3\u06b1\u0644\u0645\u0646"
    "\u06ba\u06bb\u06bc\u0648\u06c4\u06d5\u06c1\u06be\u0621\u06cc\u06d0\u06d2\u064d\u0650\u064f\u0657"
)
_URDU_LAST: Final = "\u0654\u0655\u0651\u0653\u0656\u0670"

# Source: §A.3.1, §A.3.3, as differences from the default alphabet.
_TURKISH_LOCKING: Final = {
    0x04: "€",
    0x07: "\u0131",  # dotless i
    0x0B: "Ğ",
    0x0C: "ğ",
    0x1C: "Ş",
    0x1D: "ş",
    0x40: "İ",
    0x60: "ç",
}
_PORTUGUESE_LOCKING: Final = {
    **dict(zip(range(0x04, 0x0A), "êéúíóç", strict=True)),
    **dict(zip([0x0B, 0x0C, 0x0E, 0x0F], "ÔôÁá", strict=True)),
    **dict(zip(range(0x12, 0x1B), "ªÇÀ∞^\\€Ó|", strict=True)),
    **dict(zip(range(0x1C, 0x20), "ÂâÊÉ", strict=True)),
    **dict(zip([0x24, 0x40, 0x5B, 0x5C, 0x5D, 0x60, 0x7B, 0x7C, 0x7D], "ºÍÃÕÚ~ãõ`", strict=True)),
}

# Source: §A.2.1 to §A.2.3, beside the default extension table.
_SHIFTED: Final = {
    Language.TURKISH: dict(zip([0x47, 0x49, 0x53, 0x63, 0x67, 0x69, 0x73], "ĞİŞçğış", strict=True)),
    Language.SPANISH: dict(
        zip([0x09, 0x41, 0x49, 0x4F, 0x55, 0x61, 0x69, 0x6F, 0x75], "çÁÍÓÚáíóú", strict=True)
    ),
    Language.PORTUGUESE: {
        **dict(zip([0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F], "êçÔôÁá", strict=True)),
        **dict(zip([0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1F], "ΦΓΩΠΨΣΘÊ", strict=True)),
        **dict(zip([0x41, 0x49, 0x4F, 0x55, 0x5B, 0x5C], "ÀÍÓÚÃÕ", strict=True)),
        **dict(zip([0x61, 0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F], "Âíóúãõâ", strict=True)),
    },
}

# Source: §A.2.4 to §A.2.13. What the Indic tables and Urdu's share.
_INDIC_SIGNS: Final = {
    **dict(zip(range(0x0A), "@£$¥¿\"¤%&'", strict=True)),
    **dict(zip([0x0B, 0x0C, 0x0E, 0x0F], "*+-/", strict=True)),
    **dict(zip(range(0x10, 0x19), "<=>¡^¡_#*", strict=True)),
}
# Then digits and rare letters, in the order of these septets.
_EXTRA_SEPTETS: Final = [
    0x19,
    0x1A,
    *range(0x1C, 0x28),
    *range(0x2A, 0x2F),
    *range(0x30, 0x3C),
]
_DANDAS: Final = "\u0964\u0965"
_DIGITS: Final = {
    Language.BENGALI: "\u09e6\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee\u09ef\u09df\u09e0"
    "\u09e1\u09e2\u09e3\u09f2\u09f3\u09f4\u09f5\u09f6\u09f7\u09f8\u09f9\u09fa",
    Language.GUJARATI: _DANDAS + "\u0ae6\u0ae7\u0ae8\u0ae9\u0aea\u0aeb\u0aec\u0aed\u0aee\u0aef",
    Language.HINDI: _DANDAS + "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u0951"
    "\u0952\u0953\u0954\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f\u0960\u0961\u0962\u0963"
    "\u0970\u0971",
    Language.KANNADA: _DANDAS + "\u0ce6\u0ce7\u0ce8\u0ce9\u0cea\u0ceb\u0cec\u0ced\u0cee\u0cef"
    "\u0cde\u0cf1\u0cf2",
    Language.MALAYALAM: _DANDAS + "\u0d66\u0d67\u0d68\u0d69\u0d6a\u0d6b\u0d6c\u0d6d\u0d6e\u0d6f"
    "\u0d70\u0d71\u0d72\u0d73\u0d74\u0d75\u0d7a\u0d7b\u0d7c\u0d7d\u0d7e\u0d7f",
    Language.ORIYA: _DANDAS + "\u0b66\u0b67\u0b68\u0b69\u0b6a\u0b6b\u0b6c\u0b6d\u0b6e\u0b6f\u0b5c"
    "\u0b5d\u0b5f\u0b70\u0b71",
    Language.PUNJABI: _DANDAS + "\u0a66\u0a67\u0a68\u0a69\u0a6a\u0a6b\u0a6c\u0a6d\u0a6e\u0a6f"
    "\u0a59\u0a5a\u0a5b\u0a5c\u0a5e\u0a75",
    Language.TAMIL: _DANDAS + "\u0be6\u0be7\u0be8\u0be9\u0bea\u0beb\u0bec\u0bed\u0bee\u0bef\u0bf3"
    "\u0bf4\u0bf5\u0bf6\u0bf7\u0bf8\u0bfa",
    Language.TELUGU: "  \u0c66\u0c67\u0c68\u0c69\u0c6a\u0c6b\u0c6c\u0c6d\u0c6e\u0c6f\u0c58\u0c59"
    "\u0c78\u0c79\u0c7a\u0c7b\u0c7c\u0c7d\u0c7e\u0c7f",
    Language.URDU: "\u0600\u0601\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
    "\u060c\u060d\u060e\u060f\u0610\u0611\u0612\u0613\u0614\u061b\u061f\u0640\u0652\u0658\u066b"
    "\u066c\u0672\u0673\u06cd",
}
