"""GSM 7-bit septets, eight in seven octets, as some peers want them; most take one an octet."""


def fill_bits(header_octets: int) -> int:
    """Return how many bits are left free after a user data header, up to the next septet.

    Source: 3GPP TS 23.040 §9.2.3.24.
    """
    return -header_octets * 8 % 7


def pack(septets: bytes, *, free_bits: int = 0) -> bytes:
    """Pack septets, the first after `free_bits` zero bits.

    Seven bits left at the end would read as one more `@`, so they become a CR; a text that ends
    with a CR at an octet's edge gets a second one, so that the reader's rule takes none away.

    Source: 3GPP TS 23.038 §6.1.2.1.1, §6.1.2.3.1.
    """
    free = -(free_bits + 7 * len(septets)) % 8
    if free == 7 or (free == 0 and septets.endswith(b"\r")):
        septets += b"\r"
    number = 0
    for index, septet in enumerate(septets):
        number |= septet << free_bits + 7 * index
    return number.to_bytes(-(-(free_bits + 7 * len(septets)) // 8), "little")


def unpack(octets: bytes, *, free_bits: int = 0) -> bytes:
    """Return the septets of `octets`, one an octet; a CR that only fills the last octet is dropped.

    Source: 3GPP TS 23.038 §6.1.2.3.1.
    """
    bits = 8 * len(octets) - free_bits
    count = max(0, bits // 7)
    number = int.from_bytes(octets, "little") >> free_bits
    septets = bytes(number >> 7 * index & 0x7F for index in range(count))
    return septets[:-1] if bits % 7 == 0 and septets[-1:] == b"\r" else septets
