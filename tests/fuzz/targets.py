"""What is fuzzed: each target takes any octets and raises only where the code has a fault.

Besides "nothing but the declared error" they hold what must be true of whatever was read: octets
split otherwise are the same PDUs, a PDU that was read can be written and is read back the same,
text can be stored, no octet of a part is lost.
"""

from collections.abc import Callable
from struct import Struct
from typing import Final

from smsc.db import storable
from smsc.errors import GatewayError
from smsc.smpp.connection import Connection
from smsc.smpp.pdu import CommandId, MalformedPdu, Pdu, Tag, decode, encode
from smsc.sms.address import from_smpp, parse_destination, parse_sender, same_handset, to_smpp
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import read_part
from smsc.sms.correlation import rare_keys
from smsc.sms.decoding import decode_text, is_default_alphabet
from smsc.sms.national import Shifts
from smsc.sms.packing import pack, unpack
from smsc.sms.receipt import is_receipt, parse, parse_date
from smsc.sms.recoding import plan_passed, recode
from smsc.sms.segments import split
from smsc.sms.text_style import DEFAULT, Concatenation, TextStyle
from smsc.sms.udh import parse_udh
from smsc.webhooks import twiml

Target = Callable[[bytes], None]

_HEADER: Final = Struct(">4I")
_COMMANDS: Final = (*CommandId, 0x00000BAD, 0x80000BAD)
_ALPHABETS: Final = tuple(Alphabet)
_STYLES: Final = (
    DEFAULT,
    TextStyle(packed=True),
    TextStyle(alphabet=Alphabet.LATIN1, concatenation=Concatenation.SAR),
    TextStyle(alphabet=Alphabet.UTF8, latin1=True, concatenation=Concatenation.PAYLOAD),
)
_CONTENT_TYPES: Final = ("text/xml", "application/xml; charset=utf-16", "text/plain", None, "text/")


def pdu(data: bytes) -> None:
    """Read one PDU of any command; write it and read it again."""
    command_id = _COMMANDS[data[0] % len(_COMMANDS)] if data else 0
    status = 0 if data[1:2] < b"\x80" else data[1]
    body = data[2:]
    try:
        read = decode(_HEADER.pack(16 + len(body), command_id, status, 7) + body)
    except MalformedPdu:
        return
    assert decode(encode(read)) == read


class _Reader:
    """Whom a connection hands its PDUs to."""

    def __init__(self) -> None:
        self.pdus: list[Pdu] = []
        self.connection = Connection(self)

    def opened(self) -> None:
        """Nothing is written."""

    def received(self, pdus: list[Pdu]) -> None:
        self.pdus.extend(pdus)

    def writable_again(self) -> None:
        """Nothing was written."""

    def ended(self, reason: str) -> None:
        """Nothing to note."""

    def read(self, *pieces: bytes) -> tuple[list[Pdu], int, str | None]:
        for piece in pieces:
            self.connection.data_received(piece)
        return self.pdus, self.connection.malformed, self.connection._reason


def framing(data: bytes) -> None:
    """Cut one stream into PDUs, whole and in pieces; the octets before it say where to cut."""
    first, second, stream = data[:1], data[1:2], data[2:]
    cuts = sorted(sum(octet) % (len(stream) + 1) for octet in (first, second))
    pieces = (stream[: cuts[0]], stream[cuts[0] : cuts[1]], stream[cuts[1] :])
    assert _Reader().read(stream) == _Reader().read(*pieces)


def receipt(data: bytes) -> None:
    """Read a receipt from a body and its TLVs, and make the keys to find its segment by."""
    flags = data[0] if data else 0
    body, _, tlvs = data[1:].partition(b"\xff\xfe")
    found = parse(
        body,
        receipted_message_id=tlvs[4:] if flags & 1 else None,
        message_state=tlvs[0] if flags & 2 and tlvs else None,
        network_error_code=tlvs[1:4] if flags & 4 else None,
    )
    is_receipt(flags, has_receipted_message_id=False, has_message_state=False, unmarked_body=body)
    rare = (
        key for one in (found.message_id, found.text_message_id) for key in rare_keys(one or "")
    )
    for text in (
        *found.candidate_keys(),
        *rare,
        found.raw_state,
        found.text,
        found.error_code or "",
    ):
        storable(text).encode()
    parse_date(body.decode("latin-1"))


def user_data_header(data: bytes) -> None:
    """Read a header and a part's place; no octet behind the header is lost."""
    has_udh, sar, user_data = bool(data[:1] < b"\x80"), data[1:5], data[5:]
    elements, payload = parse_udh(user_data)
    assert user_data.endswith(payload)
    assert sum(len(element.data) + 2 for element in elements) < len(user_data) or not elements
    numbers = (sar[0] << 8 | sar[1], sar[2], sar[3]) if len(sar) == 4 else None
    part = read_part(user_data, has_udh=has_udh, sar=numbers)
    assert 1 <= part.number <= part.total
    assert user_data[part.header_octets :] == part.payload
    style = _STYLES[part.number % len(_STYLES)]
    recode(user_data, sum(data[:1]), has_udh=has_udh, style=style)
    plan_passed(user_data, sum(data[:1]), has_udh=has_udh)


def text(data: bytes) -> None:
    """Decode a body in every data coding, alphabet and national table."""
    head, body = data[:4], data[4:]
    data_coding, alphabet, single, locking = head.ljust(4, b"\0")
    default = _ALPHABETS[alphabet % len(_ALPHABETS)]
    decoded = decode_text(body, data_coding, default, Shifts(single, locking))
    storable(decoded).encode()
    is_default_alphabet(data_coding)
    septets = unpack(body, header_octets=single % 141)
    assert max(septets, default=0) < 0x80
    assert decode_text(septets, 0, Alphabet.GSM7) or not septets or septets.strip(b"\x1b") == b""


def segments(data: bytes) -> None:
    """Split any text, and read the same text back from its segments."""
    style = _STYLES[data[0] % 2 if data else 0]
    body = data[1:].decode("utf-8", "ignore")[:2000]
    made = split(body, reference=sum(data[:1]), style=style)
    read = ""
    for segment in made:
        part = read_part(segment.user_data, has_udh=segment.has_udh, sar=segment.sar)
        octets = part.payload
        if style.packed and is_default_alphabet(segment.data_coding):
            octets = unpack(octets, header_octets=part.header_octets)
            assert pack(octets, header_octets=part.header_octets) == part.payload
        read += decode_text(octets, segment.data_coding, Alphabet.GSM7)
    if style.packed:  # a CR at an octet's edge gets a second one, or is lost where a part is full
        read, body = read.replace("\r", ""), body.replace("\r", "")
    assert read == body


def address(data: bytes) -> None:
    """Read addresses from forms and PDUs; write what was read."""
    ton, npi, rest = sum(data[:1]), sum(data[1:2]), data[2:]
    words = rest.decode("utf-8", "replace")
    for read in (parse_destination, parse_sender):
        try:
            found = read(words)
        except GatewayError:
            continue
        written = to_smpp(found)
        assert from_smpp(*written) == found.value
    from_smpp(rest.decode("latin-1"), ton, npi)
    same_handset("+85512345678", words)


def twiml_answer(data: bytes) -> None:
    """Read a webhook's answer; what is wrong with it is said, not raised."""
    content_type = _CONTENT_TYPES[data[0] % len(_CONTENT_TYPES)] if data else None
    document = twiml.parse(content_type, data[1:], "http://127.0.0.1/sms")
    for verb in document.verbs:
        storable(repr(verb)).encode()


# With how many of each thousand inputs.
TARGETS: Final[dict[str, tuple[Target, int]]] = {
    "pdu": (pdu, 380),
    "framing": (framing, 160),
    "receipt": (receipt, 180),
    "user_data_header": (user_data_header, 130),
    "text": (text, 130),
    "segments": (segments, 8),
    "address": (address, 6),
    "twiml_answer": (twiml_answer, 6),
}

# What a fuzzer begins with, so that it need not find the shape of things by itself.
SEEDS: Final[dict[str, tuple[bytes, ...]]] = {
    "framing": (
        b"\x03\x20" + encode(decode(_HEADER.pack(16, CommandId.ENQUIRE_LINK, 0, 1))) * 3,
        b"\x05\x09" + _HEADER.pack(18, CommandId.SUBMIT_SM_RESP, 0, 1) + b"7\0HTTP",
    ),
    "pdu": (
        b"\x04\0" + bytes(16) + b"\x05hello" + Tag.MESSAGE_STATE.to_bytes(2) + b"\0\x01\x02",
        *(bytes((index, 0)) + b"a\0" * 40 for index in range(len(_COMMANDS))),
    ),
    "receipt": (
        (
            b"\x07id:7 sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:DELIVRD "
            b"err:000 text:hello\xff\xfe\x02\x03\0\x01abc\0"
        ),
        b"\x00stat:FAILED Done_Date:20260101120000 ID:0A err:00B",
    ),
    "user_data_header": (
        b"\0\0\0\0\0\x05\0\x03\x07\x02\x01hello",
        b"\0\0\x07\x02\x01\x06\x08\x04\0\x07\x02\x02x",
    ),
    "text": (b"\x08\0\0\0\x17\x9f\x17\xd2", b"\0\0\x01\x01\x1b\x65hello", b"\xf5\x03\0\0\xff"),
    "segments": (
        b"\0" + "សូម 🙂 €".encode() * 20,
        b"\x01" + b"[hello]" * 40,
        b"\x01[h][[][]\r",  # 16 septets: ends with a CR at an octet's edge
        b"\x01" + b"a" * 159 + b"\r",  # the same in a full part
    ),
    "address": (b"\x01\x01+855 (0)12 345 678", b"\x05\0CLINIC"),
    "twiml_answer": (
        (
            b"\0<Response><Message to='+85512345678'>Hi<Media>/a.png</Media></Message>"
            b"<Redirect method='GET'>/next</Redirect></Response>"
        ),
    ),
}
