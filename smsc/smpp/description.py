"""What a PDU says, for people: its fields under the specification's names; pure.

A number is shown by its last four digits and a text by its length, unless asked; a password never.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from struct import Struct
from typing import Final

from smsc.smpp.pdu import (
    HEADER_OCTETS,
    Bind,
    BindResp,
    DataSm,
    DeliverSm,
    MalformedPdu,
    Outbind,
    Pdu,
    SubmitSm,
    Tag,
    Unknown,
    command_name,
    decode,
    status_name,
)
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import read_part
from smsc.sms.decoding import decode_text
from smsc.sms.receipt import Receipt, is_receipt, parse
from smsc.sms.status import MessageState

_HEADER: Final = Struct(">4I")
_ALPHANUMERIC: Final = 5  # TON of a sender's name: nobody's number, SMPP 3.4 §5.2.5
_SHOWN_DIGITS: Final = 4
_HEX: Final = frozenset({"esm_class", "data_coding", "registered_delivery", "interface_version"})
_ALWAYS: Final = frozenset({"esm_class", "data_coding"})  # also when they are 0
_ADDRESSES: Final = {
    "source_addr": "source_addr_ton",
    "destination_addr": "dest_addr_ton",
    "address_range": "addr_ton",
}
_NUMBERS_OF_HANDSETS: Final = frozenset(
    {Tag.SOURCE_SUBADDRESS, Tag.DEST_SUBADDRESS, Tag.CALLBACK_NUM, Tag.CALLBACK_NUM_ATAG}
)
_KNOWN: Final = frozenset(Tag)
_STATES: Final = {int(state): state.name for state in MessageState}
_TEXTS: Final = frozenset({Tag.RECEIPTED_MESSAGE_ID, Tag.ADDITIONAL_STATUS_INFO_TEXT})
_UNSHOWN: Final = frozenset(
    {"sequence_number", "command_status", "password", "short_message", "tlvs", "body", "command_id"}
)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is shown in full."""

    numbers: bool = False
    bodies: bool = False


HIDDEN: Final = Disclosure()


def cut(octets: bytes) -> Iterator[bytes]:
    """Cut octets that hold whole PDUs into those."""
    start = 0
    while start + HEADER_OCTETS <= len(octets):
        length = max(int.from_bytes(octets[start : start + 4]), HEADER_OCTETS)
        yield octets[start : start + length]
        start += length


def describe(
    frame: bytes, shown: Disclosure = HIDDEN, default_alphabet: Alphabet = Alphabet.GSM7
) -> dict[str, object]:
    """Return what one PDU says, ready for JSON; never raises.

    `fields` leaves out what is empty or 0. Of a malformed PDU there is `malformed`, the reason.
    """
    _, command_id, command_status, sequence_number = _HEADER.unpack(
        frame[:HEADER_OCTETS].ljust(HEADER_OCTETS, b"\0")
    )
    described: dict[str, object] = {
        "command": command_name(command_id),
        "command_status": status_name(command_status),
        "sequence_number": sequence_number,
        "octets": len(frame),
    }
    try:
        pdu = decode(frame)
    except MalformedPdu as fault:
        return described | {"malformed": fault.why, "fields": _hex_body(frame, shown)}
    if isinstance(pdu, Unknown):
        return described | {"fields": _hex_body(frame, shown)}
    said = _fields(pdu, shown)
    if isinstance(pdu, SubmitSm | DeliverSm | DataSm):
        said |= _message(pdu, shown, default_alphabet)
    return described | {"fields": said | _tlvs(getattr(pdu, "tlvs", {}), shown)}


def one_line(described: Mapping[str, object]) -> str:
    """Write what `describe` returned in one line."""
    said = described["fields"]
    assert isinstance(said, dict)  # noqa: S101 what `describe` makes
    words = [f"{described['command']} #{described['sequence_number']}"]
    if str(described["command"]).endswith("_resp") or described["command_status"] != "ESME_ROK":
        words.append(str(described["command_status"]))
    if described.get("malformed"):
        words.append(f"MALFORMED ({described['malformed']})")
    words += [f"{name}={_quoted(value)}" for name, value in said.items()]
    return " ".join(words)


def masked(address: str) -> str:
    """Return an address by its last digits."""
    return f"…{address[-_SHOWN_DIGITS:]}" if len(address) > _SHOWN_DIGITS else address


def _fields(pdu: Pdu, shown: Disclosure) -> dict[str, object]:
    said: dict[str, object] = {}
    is_message = isinstance(pdu, SubmitSm | DeliverSm | DataSm)
    for name in (field.name for field in fields(pdu)):
        value = getattr(pdu, name)
        if name in _UNSHOWN or not (value or (name in _ALWAYS and is_message)):
            continue
        if name in _ADDRESSES and not shown.numbers:
            is_name = getattr(pdu, _ADDRESSES[name]) == _ALPHANUMERIC
            value = value if is_name else masked(value)
        said[name] = f"0x{value:02X}" if name in _HEX else value
    if isinstance(pdu, Bind | BindResp):
        said["bind_type"] = str(pdu.bind_type)
    if isinstance(pdu, Bind | Outbind) and pdu.password:
        said["password_octets"] = len(pdu.password)
    return said


def _message(
    pdu: SubmitSm | DeliverSm | DataSm, shown: Disclosure, default_alphabet: Alphabet
) -> dict[str, object]:
    octets = pdu.message_octets
    said: dict[str, object] = {"message_octets": len(octets)}
    part = read_part(octets, has_udh=pdu.has_udh, sar=pdu.sar)
    if part.total > 1:
        said["part"] = f"{part.number} of {part.total}, reference {part.reference}"
    receipt = None if isinstance(pdu, SubmitSm) else _receipt(pdu, octets)
    if receipt is not None:
        said["receipt"] = _receipt_words(receipt)
        text = receipt.text
    else:
        text = decode_text(part.payload, pdu.data_coding, default_alphabet)
    if shown.bodies:
        said["text"] = text
        said["message_hex"] = octets.hex()
    return said


def _receipt(pdu: DeliverSm | DataSm, octets: bytes) -> Receipt | None:
    if not is_receipt(
        pdu.esm_class,
        has_receipted_message_id=Tag.RECEIPTED_MESSAGE_ID in pdu.tlvs,
        has_message_state=Tag.MESSAGE_STATE in pdu.tlvs,
        unmarked_body=octets,
    ):
        return None
    return parse(octets)


def _receipt_words(receipt: Receipt) -> str:
    """Write a receipt's text again without the text of its message, which it may quote."""
    labelled = (
        ("id", receipt.message_id),
        ("submit date", receipt.submit_date),
        ("done date", receipt.done_date),
        ("stat", receipt.raw_state),
        ("err", receipt.error_code),
    )
    return " ".join(f"{label}:{value}" for label, value in labelled if value)


def _tlvs(tlvs: Mapping[int, bytes], shown: Disclosure) -> dict[str, object]:
    return {_tag_name(tag): _tlv(tag, value, shown) for tag, value in tlvs.items()}


def _tag_name(tag: int) -> str:
    return Tag(tag).name.lower() if tag in _KNOWN else f"tlv_0x{tag:04X}"


def _tlv(tag: int, value: bytes, shown: Disclosure) -> object:
    if tag == Tag.MESSAGE_PAYLOAD:
        return f"{len(value)} octets"  # shown with the message
    if (
        tag not in _KNOWN or tag in _NUMBERS_OF_HANDSETS
    ):  # a vendor's may hold a number, or anything
        return value.hex() if shown.numbers else f"{len(value)} octets"
    if tag in _TEXTS:
        return value.rstrip(b"\0").decode("latin-1")
    if tag == Tag.MESSAGE_STATE and len(value) == 1:
        return _STATES.get(value[0], value[0])
    return int.from_bytes(value) if len(value) <= 2 else value.hex()


def _hex_body(frame: bytes, shown: Disclosure) -> dict[str, object]:
    """Show a body that we can't take apart: it may hold numbers and texts."""
    if shown.numbers and shown.bodies:
        return {"body_hex": frame[HEADER_OCTETS:].hex()}
    return {"body_octets": len(frame) - HEADER_OCTETS}


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)
