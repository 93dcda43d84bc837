"""A body as it is cut into segments: what each holds, and how much room is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from smsc.sms import segments
from smsc.sms.alphabet import UnencodableText, decode_gsm7, encode_gsm7
from smsc.sms.segments import DataCoding


@dataclass(frozen=True, slots=True)
class DrawnSegment:
    """One segment: its text, and how many of its units that takes."""

    number: int
    text: str
    used: int
    room: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All segments of a body, and what decided its encoding."""

    segments: Sequence[DrawnSegment]
    encoding: str  # GSM 7-bit, or UCS-2
    unit: str  # what is counted: septets, or UTF-16 units
    because_of: str | None  # the first character that GSM 7-bit lacks


def draw(body: str) -> Drawing:
    """Cut a body as Twilio counts it.

    Raises:
        ValueError: it needs more than 255 segments.
    """
    cut = segments.split(body, reference=0)
    is_ucs2 = cut[0].data_coding == DataCoding.UCS2
    alone, part = (70, 67) if is_ucs2 else (160, 153)
    room = alone if len(cut) == 1 else part
    drawn = []
    for segment in cut:
        octets = segment.user_data
        if segment.has_udh:
            octets = octets[octets[0] + 1 :]
        text = octets.decode("utf-16-be", "replace") if is_ucs2 else decode_gsm7(octets)
        used = len(octets) // 2 if is_ucs2 else len(octets)
        drawn.append(DrawnSegment(segment.number, text, used, room))
    if is_ucs2:
        return Drawing(drawn, "UCS-2", "UTF-16 units", _beyond_gsm7(body))
    return Drawing(drawn, "GSM 7-bit", "septets", None)


def _beyond_gsm7(body: str) -> str | None:
    for character in body:
        try:
            encode_gsm7(character)
        except UnencodableText:
            return character
    return None
