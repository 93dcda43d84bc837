"""What the parts of a received message say together: text, or an application's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from smsc.sms.alphabet import Alphabet
from smsc.sms.decoding import decode_text, is_octets, is_ucs2, looks_little_endian
from smsc.sms.national import NO_SHIFTS, Shifts
from smsc.sms.udh import destination_port, national_shifts, read_elements


class Piece(NamedTuple):
    """A part's payload and what says how to read it."""

    payload: bytes  # GSM 7-bit unpacked, no header
    data_coding: int
    udh: bytes = b""  # header elements, but for its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A message as it was read. Data has its Latin-1 for a body, and is kept as it came."""

    body: str
    data_coding: int
    data: bytes | None = None  # the payload if it is 8-bit data, behind its header if `has_udh`
    has_udh: bool = False
    why: str | None = None  # what its history should say
    little_endian: bool = False


def read_pieces(pieces: Sequence[Piece], default: Alphabet) -> Read:
    """Read the parts of a message, in order; parts may be missing, and may differ in alphabet.

    Neighbours that are alike are joined before they are decoded: a character may lie across two
    parts. 8-bit data is nobody's text: it is kept, with the elements of the first part's header.
    """
    first = pieces[0]
    runs = [(*_reading(first), first.payload)]
    if len(pieces) > 1:
        runs = [
            (data_coding, shifts, b"".join(piece.payload for piece in run))
            for (data_coding, shifts), run in groupby(pieces, key=_reading)
        ]
    body = "".join(
        decode_text(octets, data_coding, default, shifts) for data_coding, shifts, octets in runs
    )
    if not is_octets(first.data_coding):
        ucs2 = (octets for data_coding, _, octets in runs if is_ucs2(data_coding))
        little_endian = any(map(looks_little_endian, ucs2))
        return Read(body=body, data_coding=first.data_coding, little_endian=little_endian)
    octets = b"".join(piece.payload for piece in pieces)
    port = destination_port(read_elements(first.udh) or ())
    return Read(
        body=body,
        data_coding=first.data_coding,
        data=bytes([len(first.udh)]) + first.udh + octets if first.udh else octets,
        has_udh=bool(first.udh),
        why="8-bit data, no text." if port is None else f"8-bit data for application port {port}.",
    )


def _reading(piece: Piece) -> tuple[int, Shifts]:
    return piece.data_coding, _shifts(piece.udh)


def _shifts(udh: bytes) -> Shifts:
    return national_shifts(read_elements(udh) or ()) if udh else NO_SHIFTS
