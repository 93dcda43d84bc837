"""Received parts: which message each belongs to, and the joined octets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from smsc.sms.udh import (
    ElementIdentifier,
    InformationElement,
    parse_udh,
    write_elements,
)


class PartKey(NamedTuple):
    """What parts of one message share, within one connector, sender and recipient."""

    reference: int
    width: int  # bits of the reference: an 8-bit 7 is not a 16-bit 7
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """One `deliver_sm` worth of a received message; `total` is 1 when it is all of it."""

    reference: int
    width: int  # bits of the reference; 0 when there is none
    total: int
    number: int  # from 1
    payload: bytes  # without its UDH, not decoded: a character may lie across two parts
    header_octets: int = 0  # of the UDH
    udh: bytes = b""  # its other elements, without a length octet

    @property
    def key(self) -> PartKey:
        """The key by which this part finds the others."""
        return PartKey(self.reference, self.width, self.total)


# Width in bits by element, which is its length less the two octets for total and number.
_WIDTHS: Final[dict[int, int]] = {
    ElementIdentifier.CONCATENATION_8_BIT: 8,
    ElementIdentifier.CONCATENATION_16_BIT: 16,
}
_SAR_WIDTH: Final = 16  # sar_msg_ref_num is two octets


def read_part(user_data: bytes, *, has_udh: bool, sar: tuple[int, int, int] | None) -> Part:
    """Read a part's place from its UDH or, failing that, from the sar_* TLVs.

    `sar` is (sar_msg_ref_num, sar_total_segments, sar_segment_seqnum). Numbers that make no sense
    (a total of 0, a number above the total) make the part a message of its own.

    Source: 3GPP TS 23.040 §9.2.3.24.1, §9.2.3.24.8; SMPP 3.4 §5.3.2.22-24.
    """
    elements, payload = parse_udh(user_data) if has_udh else ([], user_data)
    header_octets = len(user_data) - len(payload)
    others = write_elements(one for one in elements if one.identifier not in _WIDTHS)
    # Of an element that comes twice the last one counts (23.040 §9.2.3.24).
    for element in reversed(elements):
        place = _read_element(element)
        if place is not None:
            key, number = place
            return Part(*key, number, payload, header_octets, others)
    if sar is not None:
        reference, total, number = sar
        if 1 <= number <= total and total > 1:
            return Part(reference, _SAR_WIDTH, total, number, payload, header_octets, others)
    return Part(0, 0, 1, 1, payload, header_octets, others)


def join(parts: Mapping[int, bytes], total: int) -> tuple[bytes, list[int]]:
    """Join payloads by number, in order, and name the numbers that are missing."""
    wanted = range(1, total + 1)
    return (
        b"".join(parts[number] for number in wanted if number in parts),
        [number for number in wanted if number not in parts],
    )


def _read_element(element: InformationElement) -> tuple[PartKey, int] | None:
    width = _WIDTHS.get(element.identifier)
    if width is None or len(element.data) != width // 8 + 2:
        return None
    *reference, total, number = element.data
    if not 1 <= number <= total or total == 1:
        return None
    return PartKey(int.from_bytes(reference), width, total), number
