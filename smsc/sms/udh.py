"""The user data header: its information elements, and the one that numbers segments."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from smsc.sms.national import Shifts


class ElementIdentifier(IntEnum):
    """Information elements that we know by name.

    Source: 3GPP TS 23.040 §9.2.3.24.
    """

    CONCATENATION_8_BIT = 0x00
    PORTS_8_BIT = 0x04
    PORTS_16_BIT = 0x05
    CONCATENATION_16_BIT = 0x08
    NATIONAL_SINGLE_SHIFT = 0x24
    NATIONAL_LOCKING_SHIFT = 0x25


_PORT_OCTETS: Final[dict[int, int]] = {
    ElementIdentifier.PORTS_8_BIT: 1,
    ElementIdentifier.PORTS_16_BIT: 2,
}


class InformationElement(NamedTuple):
    """One element of a user data header."""

    identifier: int
    data: bytes


def parse_udh(user_data: bytes) -> tuple[list[InformationElement], bytes]:
    """Split user data that is flagged to have a header into its elements and the text after them.

    A header that lies about a length has no elements and is left where it is: the text may be
    unreadable then, but nothing of it is lost.

    Source: 3GPP TS 23.040 §9.2.3.24.
    """
    if not user_data:
        return [], user_data
    end = 1 + user_data[0]
    if end > len(user_data):
        return [], user_data
    elements = read_elements(user_data[1:end])
    return ([], user_data) if elements is None else (elements, user_data[end:])


def read_elements(octets: bytes) -> list[InformationElement] | None:
    """Read a header's elements, its length octet removed; None: a length of one is a lie."""
    elements: list[InformationElement] = []
    position, end = 0, len(octets)
    while position < end:
        if position + 2 > end:
            return None
        start, stop = position + 2, position + 2 + octets[position + 1]
        if stop > end:
            return None
        elements.append(InformationElement(octets[position], octets[start:stop]))
        position = stop
    return elements


def write_elements(elements: Iterable[InformationElement]) -> bytes:
    """Write elements as they stand in a header, without its length octet."""
    return b"".join(
        bytes((element.identifier, len(element.data))) + element.data for element in elements
    )


def destination_port(elements: Iterable[InformationElement]) -> int | None:
    """Return the port of the application that a message is for; None: it is for people.

    Source: 3GPP TS 23.040 §9.2.3.24.3, §9.2.3.24.4.
    """
    port = None
    for identifier, data in elements:
        size = _PORT_OCTETS.get(identifier, 0)
        if size and len(data) == 2 * size:
            port = int.from_bytes(data[:size])
    return port


def national_shifts(elements: Iterable[InformationElement]) -> Shifts:
    """Return which national tables a header names; of one that comes twice the last counts.

    Source: 3GPP TS 23.040 §9.2.3.24.15, §9.2.3.24.16.
    """
    named = {element.identifier: element.data[0] for element in elements if len(element.data) == 1}
    return Shifts(
        named.get(ElementIdentifier.NATIONAL_SINGLE_SHIFT, 0),
        named.get(ElementIdentifier.NATIONAL_LOCKING_SHIFT, 0),
    )


def concatenation_header(reference: int, count: int, number: int, *, wide: bool = False) -> bytes:
    """Make the header of segment `number` (from 1) of `count`.

    `reference` is taken modulo 256, or modulo 65,536 when `wide`.

    Source: 3GPP TS 23.040 §9.2.3.24.1, §9.2.3.24.8.

    Raises:
        ValueError: `count` or `number` is not in 1 to 255, or `number` is above `count`.
    """
    if not 1 <= number <= count <= 0xFF:
        raise ValueError(f"segment {number} of {count} cannot be")
    if wide:
        identifier, size = ElementIdentifier.CONCATENATION_16_BIT, 2
    else:
        identifier, size = ElementIdentifier.CONCATENATION_8_BIT, 1
    element = (reference % (1 << 8 * size)).to_bytes(size) + bytes((count, number))
    return bytes((len(element) + 2, identifier, len(element))) + element
