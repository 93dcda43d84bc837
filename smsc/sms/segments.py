"""Cuts a message's body into segments, and counts them without cutting."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from smsc.sms.alphabet import ESC, UnencodableText, encode_gsm7, is_basic_ascii
from smsc.sms.udh import concatenation_header

MAX_BODY_CHARACTERS: Final = 1600
MAX_SEGMENTS: Final = 255  # the header's count is one octet

# 140 octets of user data are 160 septets or 70 UCS-2 units; the six octets of an 8-bit
# concatenation header leave 134, which are 153 septets (with one fill bit) or 67 units.
_GSM7_ALONE: Final = 160
_GSM7_PART: Final = 153
_UCS2_ALONE: Final = 140  # octets
_UCS2_PART: Final = 134  # octets


class DataCoding(IntEnum):
    """The data_coding values that we send.

    Source: SMPP 3.4 §5.2.19.
    """

    GSM7 = 0
    LATIN1 = 3
    BINARY = 4
    UCS2 = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One `submit_sm` worth of a message.

    `user_data` is what goes in `short_message`: the UDH, if any, then the text, GSM 7-bit text
    unpacked one septet an octet, UCS-2 big-endian.
    """

    number: int  # from 1
    count: int
    data_coding: DataCoding
    user_data: bytes
    has_udh: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How a body will go out."""

    data_coding: DataCoding
    count: int


_ONE_GSM7: Final = Plan(DataCoding.GSM7, 1)


def plan(body: str) -> Plan:
    """Say in which data coding and how many segments `body` goes out.

    Source: https://www.twilio.com/docs/glossary/what-sms-character-limit
    """
    if is_basic_ascii(body):
        septets = len(body)
        if septets <= _GSM7_ALONE:
            return _ONE_GSM7
        return Plan(DataCoding.GSM7, -(-septets // _GSM7_PART))
    data_coding, octets = _encode(body)
    return Plan(data_coding, len(_ends(octets, data_coding)))


def split(body: str, reference: int) -> list[Segment]:
    """Cut `body` into segments; several carry an 8-bit concatenation header each.

    Neither an escape pair nor a surrogate pair is ever cut, so a segment may be short by one. An
    empty body is one empty segment. `reference` is taken modulo 256.

    Source: 3GPP TS 23.040 §9.2.3.24.1; SMPP 3.4 §5.2.19.

    Raises:
        ValueError: the body needs more than 255 segments.
    """
    data_coding, octets = _encode(body)
    ends = _ends(octets, data_coding)
    count = len(ends)
    if count == 1:
        return [Segment(1, 1, data_coding, octets, has_udh=False)]
    if count > MAX_SEGMENTS:
        raise ValueError(f"the body needs {count} segments; {MAX_SEGMENTS} is the most")
    return [
        Segment(
            number,
            count,
            data_coding,
            concatenation_header(reference, count, number) + octets[start:end],
            has_udh=True,
        )
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False), start=1)
    ]


def encode_ucs2(text: str) -> bytes:
    """Encode to big-endian UTF-16; a surrogate without its pair becomes U+FFFD.

    Two lone surrogates that make a pair, as careless readers of JSON yield, become that pair.
    """
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        units = text.encode("utf-16-be", "surrogatepass")
        return units.decode("utf-16-be", "replace").encode("utf-16-be")


def _encode(body: str) -> tuple[DataCoding, bytes]:
    try:
        return DataCoding.GSM7, encode_gsm7(body)
    except UnencodableText:
        return DataCoding.UCS2, encode_ucs2(body)


def _ends(octets: bytes, data_coding: DataCoding) -> list[int]:
    """Return where each segment ends, in octets; one end at least."""
    is_gsm7 = data_coding is DataCoding.GSM7
    whole = len(octets)
    if whole <= (_GSM7_ALONE if is_gsm7 else _UCS2_ALONE):
        return [whole]
    room = _GSM7_PART if is_gsm7 else _UCS2_PART
    ends: list[int] = []
    end = room
    while end < whole:
        if is_gsm7:
            end -= octets[end - 1] == ESC
        elif 0xD8 <= octets[end - 2] <= 0xDB:  # the first half of a surrogate pair
            end -= 2
        ends.append(end)
        end += room
    return [*ends, whole]
