"""A body as it is cut into segments: what each holds, and how much room is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.dashboard.languages import gettext as _
from api.dashboard.languages import ngettext
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
    is_ucs2: bool  # or GSM 7-bit
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
        return Drawing(drawn, is_ucs2, _beyond_gsm7(body))
    return Drawing(drawn, is_ucs2, None)


def drawn_as(drawing: Drawing) -> str:
    """Say in how many segments it goes, in what encoding, and why in that."""
    facts = {"encoding": "UCS-2" if drawing.is_ucs2 else "GSM 7-bit"}
    number = len(drawing.segments)
    if drawing.because_of is None:
        return ngettext(
            "%(encoding)s, %(num)s segment.", "%(encoding)s, %(num)s segments.", number, **facts
        )
    return ngettext(
        "%(encoding)s, %(num)s segment: GSM 7-bit has no “%(character)s”.",
        "%(encoding)s, %(num)s segments: GSM 7-bit has no “%(character)s”.",
        number,
        **facts,
        character=drawing.because_of,
    )


def room_in(segment: DrawnSegment, drawing: Drawing) -> str:
    """Say how full a segment is."""
    facts = {"number": segment.number, "used": segment.used, "room": segment.room}
    if drawing.is_ucs2:
        return _("%(number)s: %(used)s of %(room)s UTF-16 units", **facts)
    return _("%(number)s: %(used)s of %(room)s septets", **facts)


def _beyond_gsm7(body: str) -> str | None:
    for character in body:
        try:
            encode_gsm7(character)
        except UnencodableText:
            return character
    return None
