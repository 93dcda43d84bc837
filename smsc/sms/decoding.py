"""What a received body says, by its data_coding: in any alphabet, and never raising."""

import re
from enum import Enum, auto
from typing import Final

from smsc.sms.alphabet import Alphabet, decode_gsm7
from smsc.sms.national import NO_SHIFTS, Shifts, decode_shifted

_BIG_ENDIAN_MARK: Final = b"\xfe\xff"
_LITTLE_ENDIAN_MARK: Final = b"\xff\xfe"
_FEWER: Final = 3  # so many times fewer different high octets than low ones: a script's block

_IA5: Final = 0x01
# What no ASCII text has. Some libraries say IA5 and write the GSM alphabet, whose `@` is 0x00, and
# whose brackets and euro begin with ESC (seen 2026-11: the npm package smpp 0.5.1).
_CONTROL: Final = re.compile(rb"[\x00-\x09\x0B\x0C\x0E-\x1F]")
# SMPP's own values below 0x10 that name an alphabet; the others are handled apart.
_SMPP_CODECS: Final = {
    0x01: "ascii",
    0x03: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859-5",
    0x07: "iso8859-8",
    0x0A: "iso2022_jp",
    0x0D: "euc_jp",
    0x0E: "euc_kr",
}
_SMPP_OCTETS: Final = frozenset({0x02, 0x04})
# Common characters whose big-endian octets are printable ASCII and a zero: ideographic space, the
# sun, the ideograph for one. Alone they are themselves, not a "0", "&" or "N" the wrong way about.
_NO_ASCII: Final = frozenset({0x30, 0x26, 0x4E})


class _Kind(Enum):
    """What a data_coding makes of octets."""

    DEFAULT = auto()  # the SMSC default alphabet
    OCTETS = auto()
    UCS2 = auto()


def decode_text(
    octets: bytes, data_coding: int, default: Alphabet, shifts: Shifts = NO_SHIFTS
) -> str:
    """Decode a received body (its UDH removed, its parts joined); never raises.

    IA5 (1) with control characters is read as the GSM alphabet, which was meant.
    From 0x10 the value is the GSM data coding scheme, whose bits say alphabet and class. What
    cannot be decoded becomes U+FFFD; U+0000 is kept. UCS-2 that is plainly little-endian is read
    as that; a byte order mark is dropped. 8-bit data, which is no text, becomes Latin-1, which
    loses none of it.

    Source: SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4.
    """
    codec = _SMPP_CODECS.get(data_coding)
    if data_coding == _IA5 and _CONTROL.search(octets):
        return decode_gsm7(octets)
    if codec is not None:
        return octets.decode(codec, "replace")
    kind = _kind(data_coding)
    if kind is _Kind.UCS2:
        return _decode_ucs2(octets)
    if kind is _Kind.OCTETS:
        return octets.decode("latin-1")
    match default:
        case Alphabet.GSM7:
            shifted = shifts != NO_SHIFTS
            return decode_shifted(octets, shifts) if shifted else decode_gsm7(octets)
        case Alphabet.LATIN1:
            return octets.decode("latin-1")
        case Alphabet.ASCII:
            return octets.decode("ascii", "replace")
        case Alphabet.UTF8:
            return octets.decode("utf-8", "replace")


def is_default_alphabet(data_coding: int) -> bool:
    """Say whether a body of this data_coding is in the SMSC default alphabet."""
    return data_coding not in _SMPP_CODECS and _kind(data_coding) is _Kind.DEFAULT


def is_ucs2(data_coding: int) -> bool:
    """Say whether a body of this data_coding is UCS-2."""
    return _kind(data_coding) is _Kind.UCS2


def is_octets(data_coding: int) -> bool:
    """Say whether a body of this data_coding is 8-bit data, an application's and no text."""
    return data_coding not in _SMPP_CODECS and _kind(data_coding) is _Kind.OCTETS


def message_class(data_coding: int) -> int | None:
    """Return the class, 0 to 3, that a data_coding says its message has; 0 is flash.

    Source: 3GPP TS 23.038 §4.
    """
    has_class = 0x10 <= data_coding < 0x80 and data_coding & 0x10
    return data_coding & 0b11 if has_class or data_coding & 0xF0 == 0xF0 else None


def looks_little_endian(octets: bytes) -> bool:
    """Say whether UCS-2 was sent the wrong way about, as a careless `utf-16` encoder does.

    A text stays within a few blocks of 256 characters: of its two octets a character the high
    ones vary little, the low ones much. A doubtful text is big-endian, as it should be.
    """
    if octets.startswith(_LITTLE_ENDIAN_MARK):
        return True
    first, second = octets[0::2], octets[1::2]
    if len(octets) % 2 or not second or octets.startswith(_BIG_ENDIAN_MARK):
        return False
    if not any(second) and all(0x20 <= octet < 0x7F or octet in b"\r\n" for octet in first):
        return not _NO_ASCII.issuperset(first)  # ASCII; big-endian it would be rare ideographs
    high, low = len(set(second)), len(set(first))
    return high * _FEWER <= low


def _decode_ucs2(octets: bytes) -> str:
    if looks_little_endian(octets):
        return octets.removeprefix(_LITTLE_ENDIAN_MARK).decode("utf-16-le", "replace")
    return octets.removeprefix(_BIG_ENDIAN_MARK).decode("utf-16-be", "replace")


def _kind(data_coding: int) -> _Kind:
    if data_coding == 0x08:
        return _Kind.UCS2
    if data_coding in _SMPP_OCTETS:
        return _Kind.OCTETS
    if data_coding < 0x10:
        return _Kind.DEFAULT
    if data_coding < 0x80:  # general data coding, with class or automatic deletion
        is_compressed = data_coding & 0x20
        alphabet_bits = 0b01 if is_compressed else data_coding >> 2 & 0b11
    elif data_coding & 0xF0 == 0xE0:  # message waiting, UCS-2
        alphabet_bits = 0b10
    elif data_coding & 0xF0 == 0xF0:  # class of message: bit 2 says 8-bit
        alphabet_bits = data_coding >> 2 & 0b01
    else:  # message waiting in the default alphabet; reserved values read the same
        alphabet_bits = 0b00
    return {0b10: _Kind.UCS2, 0b01: _Kind.OCTETS}.get(alphabet_bits, _Kind.DEFAULT)
