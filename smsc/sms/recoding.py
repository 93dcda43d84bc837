"""A segment that an ESME has cut or made itself, written as a connector wants it."""

from typing import Final

from smsc.sms.alphabet import decode_gsm7
from smsc.sms.concat import read_part
from smsc.sms.decoding import is_default_alphabet
from smsc.sms.packing import fill_bits, pack
from smsc.sms.segments import CODECS, MAX_SEGMENTS, MAX_SHORT_MESSAGE, Plan, Sar, Segment
from smsc.sms.text_style import DEFAULT, Concatenation, TextStyle
from smsc.sms.udh import ElementIdentifier, InformationElement, write_elements

_ONE_SMS: Final = 140  # octets
_ONE_SMS_BITS: Final = _ONE_SMS * 8
_SEPTETS: Final = bytes(octet if octet < 0x80 else ord("?") for octet in range(0x100))


def recode(user_data: bytes, data_coding: int, *, has_udh: bool, style: TextStyle) -> Segment:
    """Return the segment that passes `user_data` on: its UDH, if any, then text or 8-bit data.

    GSM 7-bit text, unpacked behind its header as it came, is packed or goes into the connector's
    own alphabet; what that lacks becomes a question mark, since the ESME has done the cutting. A
    header that does nothing but number becomes the sar_* parameters for who wants those. What is
    too long for one SMS goes as a message_payload.
    """
    part = read_part(user_data, has_udh=has_udh, sar=None)
    is_septets = is_default_alphabet(data_coding)
    payload, header = part.payload, user_data[: part.header_octets]
    sar: Sar | None = None
    if style.concatenation is Concatenation.SAR and part.total > 1 and not part.udh:
        sar, header, has_udh = Sar(part.reference, part.total, part.number), b"", False
    is_payload = _bits(len(header), len(payload), is_septets=is_septets) > _ONE_SMS_BITS
    if style is not DEFAULT:
        user_data = header + (_rewrite(payload, len(header), style) if is_septets else payload)
    is_payload = is_payload or len(user_data) > MAX_SHORT_MESSAGE
    return Segment(1, 1, data_coding, user_data, has_udh, sar, is_payload)


def plan_passed(user_data: bytes, data_coding: int, *, has_udh: bool) -> Plan:
    """Say how many SMS `user_data` makes; it takes one `submit_sm` however many they are."""
    header_octets = read_part(user_data, has_udh=has_udh, sar=None).header_octets
    is_septets = is_default_alphabet(data_coding)
    payload_octets = len(user_data) - header_octets
    if _bits(header_octets, payload_octets, is_septets=is_septets) <= _ONE_SMS_BITS:
        return Plan(data_coding, 1)
    return Plan(data_coding, -(-payload_octets // (153 if is_septets else 134)), 1)


def split_data(data: bytes, *, has_udh: bool, data_coding: int, reference: int) -> list[Segment]:
    """Cut an application's data, behind its header if it has one, into segments that repeat it.

    `reference` is taken modulo 256.

    Raises:
        ValueError: it needs more than 255 segments.
    """
    if len(data) <= _ONE_SMS:
        return [Segment(1, 1, data_coding, data, has_udh)]
    start = 1 + data[0] if has_udh else 0
    elements, payload = data[1:start], data[start:]
    room = _ONE_SMS - 6 - len(elements)
    count = -(-len(payload) // room)
    if count > MAX_SEGMENTS:
        raise ValueError(f"the data needs {count} segments; {MAX_SEGMENTS} is the most")
    segments = []
    for number in range(1, count + 1):
        place = InformationElement(
            ElementIdentifier.CONCATENATION_8_BIT, bytes((reference % 256, count, number))
        )
        header = write_elements([place]) + elements
        octets = payload[(number - 1) * room : number * room]
        user_data = bytes([len(header)]) + header + octets
        segments.append(Segment(number, count, data_coding, user_data, has_udh=True))
    return segments


def _rewrite(septets: bytes, header_octets: int, style: TextStyle) -> bytes:
    if style.packed:
        return pack(septets.translate(_SEPTETS), header_octets=header_octets)
    codec = CODECS.get(style.alphabet)
    return septets if codec is None else decode_gsm7(septets).encode(codec, "replace")


def _bits(header_octets: int, payload_octets: int, *, is_septets: bool) -> int:
    """Return what the user data takes on the air."""
    if not is_septets:
        return 8 * (header_octets + payload_octets)
    return 8 * header_octets + fill_bits(header_octets) + 7 * payload_octets
