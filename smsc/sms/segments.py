"""Cuts a message's body into segments, and counts them without cutting."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from smsc.sms.alphabet import (
    Alphabet,
    UnencodableText,
    decode_gsm7,
    encode_basic,
    encode_gsm7,
    is_basic_ascii,
)
from smsc.sms.breaks import count_gsm7_parts, count_ucs2_parts, gsm7_ends, ucs2_ends
from smsc.sms.packing import pack
from smsc.sms.text_style import DEFAULT, Concatenation, TextStyle
from smsc.sms.udh import concatenation_header

MAX_BODY_CHARACTERS: Final = 1600
MAX_SEGMENTS: Final = 255  # the header's count is one octet
MAX_SHORT_MESSAGE: Final = 254  # octets, SMPP 3.4 §4.4.1; what is longer is a message_payload

# 140 octets of user data are 160 septets or 70 UCS-2 units; the six octets of an 8-bit
# concatenation header leave 134, which are 153 septets (with one fill bit) or 67 units; the seven
# of a 16-bit one leave 133: 152 septets, 66 units.
_GSM7_ALONE: Final = 160
_GSM7_PART: Final = 153
_GSM7_WIDE_PART: Final = 152
_UCS2_ALONE: Final = 140  # octets
_UCS2_PART: Final = 134  # octets
_UCS2_WIDE_PART: Final = 132  # octets


class DataCoding(IntEnum):
    """The data_coding values that we send.

    Source: SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4 for those with a class.
    """

    GSM7 = 0
    LATIN1 = 3
    BINARY = 4
    UCS2 = 8
    GSM7_FLASH = 0x10
    UCS2_FLASH = 0x18


class Sar(NamedTuple):
    """The place of a segment, as the sar_* parameters tell it (SMPP 3.4 §5.3.2.22-24)."""

    reference: int
    total: int
    number: int


@dataclass(slots=True)  # not frozen, as PDUs: there is one of each message
class Segment:
    """One `submit_sm` worth of a message.

    `user_data` is what goes in `short_message`: the UDH, if any, then the text, GSM 7-bit text
    unpacked one septet an octet, UCS-2 big-endian, unless the style says otherwise. It goes in
    `message_payload` where `is_payload`.
    """

    number: int  # from 1
    count: int
    data_coding: int  # a `DataCoding`, or what an ESME gave its own
    user_data: bytes
    has_udh: bool
    sar: Sar | None = None
    is_payload: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a body will go out."""

    data_coding: int
    count: int  # Twilio's, which is what the customer is told and charged
    submits: int | None = None  # `submit_sm`s that the connector's style takes, if not as many


_GSM7: Final = DataCoding.GSM7
_ONE_GSM7: Final = Plan(_GSM7, 1)
CODECS: Final = {Alphabet.LATIN1: "latin-1", Alphabet.ASCII: "ascii", Alphabet.UTF8: "utf-8"}


def plan(body: str, style: TextStyle = DEFAULT) -> Plan:
    """Say in which data coding and how many segments `body` goes out.

    Source: https://www.twilio.com/docs/glossary/what-sms-character-limit
    """
    if style is DEFAULT and is_basic_ascii(body):
        septets = len(body)
        if septets <= _GSM7_ALONE:
            return _ONE_GSM7
        return Plan(DataCoding.GSM7, -(-septets // _GSM7_PART))
    text = _encode(body, DEFAULT)
    count = text.count(DEFAULT)
    if style is DEFAULT:
        return Plan(text.data_coding, count)
    text = _encode(body, style)
    submits = text.count(style)
    if style.concatenation is Concatenation.PAYLOAD:
        submits = 1
    return Plan(text.data_coding, count, submits if submits != count else None)


def split(body: str, reference: int, style: TextStyle = DEFAULT) -> list[Segment]:
    """Cut `body` into segments; several say how they belong together as the style wants it.

    Neither an escape pair nor a surrogate pair is ever cut, so a segment may be short by one; nor
    is a grapheme cluster or a word where that costs no segment more. An empty body is one empty
    segment. `reference` is taken modulo 256, or 65,536 where it is 16 bits wide.

    Source: 3GPP TS 23.040 §9.2.3.24.1; SMPP 3.4 §5.2.19.

    Raises:
        ValueError: the body needs more than 255 segments.
    """
    if style is DEFAULT and len(body) <= _GSM7_ALONE:
        septets = encode_basic(body)
        if septets is not None:
            return [Segment(1, 1, _GSM7, septets, False)]  # noqa: FBT003 a name is dearer
    text = _encode(body, style)
    ends = text.ends(style)
    count = len(ends)
    if count > MAX_SEGMENTS:
        raise ValueError(f"the body needs {count} segments; {MAX_SEGMENTS} is the most")
    if count == 1 or style.concatenation is Concatenation.PAYLOAD:
        octets = text.write(text.octets, 0)
        is_payload = count > 1 or len(octets) > MAX_SHORT_MESSAGE
        return [Segment(1, 1, text.data_coding, octets, has_udh=False, is_payload=is_payload)]
    is_sar = style.concatenation is Concatenation.SAR
    wide = style.concatenation is Concatenation.UDH16
    segments = []
    for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False), start=1):
        header = b"" if is_sar else concatenation_header(reference, count, number, wide=wide)
        octets = header + text.write(text.octets[start:end], len(header))
        segments.append(
            Segment(
                number,
                count,
                text.data_coding,
                octets,
                has_udh=not is_sar,
                sar=Sar(reference % 65_536, count, number) if is_sar else None,
                is_payload=len(octets) > MAX_SHORT_MESSAGE,
            )
        )
    return segments


def encode_ucs2(text: str) -> bytes:
    """Encode to big-endian UTF-16; a surrogate without its pair becomes U+FFFD.

    Two lone surrogates that make a pair, as careless readers of JSON yield, become that pair.
    """
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        units = text.encode("utf-16-be", "surrogatepass")
        return units.decode("utf-16-be", "replace").encode("utf-16-be")


class _Text(NamedTuple):
    """An encoded body as it is counted: septets, or octets of UCS-2; `write` makes it wire."""

    data_coding: DataCoding
    octets: bytes
    write: Callable[[bytes, int], bytes]  # a part, and the octets of the header before it

    def count(self, style: TextStyle) -> int:
        """Count the segments."""
        alone, part = self._rooms(style)
        if len(self.octets) <= alone:
            return 1
        return (count_ucs2_parts if self.is_ucs2 else count_gsm7_parts)(self.octets, part)

    def ends(self, style: TextStyle) -> list[int]:
        """Return where each segment ends, in octets; one end at least."""
        alone, part = self._rooms(style)
        if len(self.octets) <= alone:
            return [len(self.octets)]
        return (ucs2_ends if self.is_ucs2 else gsm7_ends)(self.octets, part)

    @property
    def is_ucs2(self) -> bool:
        """Whether `octets` are UCS-2, not septets."""
        return self.data_coding in {DataCoding.UCS2, DataCoding.UCS2_FLASH}

    def _rooms(self, style: TextStyle) -> tuple[int, int]:
        """Return what an only segment holds, and what one of several does."""
        is_wide = style.concatenation is Concatenation.UDH16
        if self.is_ucs2:
            return _UCS2_ALONE, _UCS2_WIDE_PART if is_wide else _UCS2_PART
        return _GSM7_ALONE, _GSM7_WIDE_PART if is_wide else _GSM7_PART


def _encode(body: str, style: TextStyle) -> _Text:
    try:
        septets = encode_gsm7(body)
        default = DataCoding.GSM7_FLASH if style.flash else DataCoding.GSM7
        if style.latin1 and not style.flash and _fits(body, "latin-1"):
            return _Text(DataCoding.LATIN1, septets, _in_codec("latin-1"))
        codec = CODECS.get(style.alphabet)
        if codec is not None:
            body.encode(codec)  # what the SMSC can't read as its default goes as UCS-2
            return _Text(default, septets, _in_codec(codec))
        return _Text(default, septets, _packed if style.packed else _as_it_is)
    except (UnencodableText, UnicodeEncodeError):
        data_coding = DataCoding.UCS2_FLASH if style.flash else DataCoding.UCS2
        return _Text(data_coding, encode_ucs2(body), _as_it_is)


def _fits(body: str, codec: str) -> bool:
    try:
        body.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _as_it_is(part: bytes, header_octets: int) -> bytes:  # noqa: ARG001 as `_packed`
    return part


def _packed(part: bytes, header_octets: int) -> bytes:
    return pack(part, header_octets=header_octets)


def _in_codec(codec: str) -> Callable[[bytes, int], bytes]:
    def write(part: bytes, header_octets: int) -> bytes:  # noqa: ARG001 as `_packed`
        return decode_gsm7(part).encode(codec)

    return write
