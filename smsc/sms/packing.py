"""GSM 7-bit septets, eight in seven octets, as some peers want them; most take one an octet."""

from typing import Final

_CR: Final = b"\r"
_ONE_SMS: Final = 140  # octets of user data, the header included


def fill_bits(header_octets: int) -> int:
    """Return how many bits are left free after a user data header, up to the next septet.

    Source: 3GPP TS 23.040 §9.2.3.24.
    """
    return -header_octets * 8 % 7


def pack(septets: bytes, *, header_octets: int = 0) -> bytes:
    """Pack septets as they stand behind a header of so many octets: the first after fill bits.

    Seven bits left at the end would read as one more `@`, so they become a CR; a text that ends
    with a CR at an octet's edge gets a second one, so that the reader's rule takes none away. A
    part that is full has no room for it.

    Source: 3GPP TS 23.038 §6.1.2.1.1, §6.1.2.3.1.
    """
    shift = fill_bits(header_octets)
    free = -(shift + 7 * len(septets)) % 8
    full = shift + 7 * len(septets) == 8 * (_ONE_SMS - header_octets)
    if free == 7 or (free == 0 and septets.endswith(_CR) and not full):
        septets += _CR
    number = 0
    for index, septet in enumerate(septets):
        number |= septet << shift + 7 * index
    return number.to_bytes(-(-(shift + 7 * len(septets)) // 8), "little")


def unpack(octets: bytes, *, header_octets: int = 0) -> bytes:
    """Return the septets of `octets`, one an octet; a CR that only fills the last octet is dropped.

    `octets` follow a header of `header_octets`.

    Source: 3GPP TS 23.038 §6.1.2.3.1.
    """
    shift = fill_bits(header_octets)
    bits = 8 * len(octets) - shift
    number = int.from_bytes(octets, "little") >> shift
    septets = bytes(number >> 7 * index & 0x7F for index in range(max(0, bits // 7)))
    return septets[:-1] if bits % 7 == 0 and septets.endswith(_CR) else septets
