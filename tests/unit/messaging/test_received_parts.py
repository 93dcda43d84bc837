"""What a connector delivers, read by its rules."""

import pytest

from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.receiving.received import read_delivery
from smsc.messaging.sending.submit import SubmitRules
from smsc.smpp.pdu import DeliverSm, Tag
from smsc.sms.address_rules import parse_rules
from smsc.sms.alphabet import Alphabet
from smsc.sms.packing import pack

HEADER = bytes.fromhex("050003070201")


def read(pdu: DeliverSm, *, packed: bool = False, **rules: object) -> ReceivedPart:
    content, _ = read_delivery(
        pdu,
        "CN1",
        "CR1",
        Alphabet.GSM7,
        packed=packed,
        addresses=SubmitRules(**rules),  # type: ignore[arg-type]
    )
    assert isinstance(content, ReceivedPart)
    return content


def test_packed_text_is_unpacked_behind_its_header() -> None:
    octets = HEADER + pack(b"Hello", header_octets=6)
    part = read(DeliverSm(esm_class=0x40, short_message=octets), packed=True).part
    assert (part.payload, part.number, part.total) == (b"Hello", 1, 2)


def test_what_is_not_gsm_text_is_never_unpacked() -> None:
    pdu = DeliverSm(data_coding=8, short_message="ខ្មែរ".encode("utf-16-be"))
    assert read(pdu, packed=True).part.payload == pdu.short_message


@pytest.mark.parametrize(
    ("tlvs", "udh"),
    [
        ({Tag.DESTINATION_PORT: b"\x0b\x84", Tag.SOURCE_PORT: b"\x23\xf0"}, "05040B8423F0"),
        ({Tag.DESTINATION_PORT: b"\x0b\x84"}, "05040B840000"),
        ({Tag.DESTINATION_PORT: b"\x84"}, ""),
        ({Tag.SOURCE_PORT: b"\x23\xf0"}, ""),
    ],
    ids=["both", "only its destination", "malformed", "only its source"],
)
def test_ports_beside_the_text_are_noted_as_the_header_would_say_them(
    tlvs: dict[int, bytes], udh: str
) -> None:
    pdu = DeliverSm(data_coding=4, short_message=b"x", tlvs=tlvs)
    assert read(pdu).part.udh == bytes.fromhex(udh)


def test_addresses_are_read_the_other_way_about() -> None:
    pdu = DeliverSm(
        source_addr="012345678", source_addr_ton=2, destination_addr="1234", dest_addr_ton=0
    )
    received = read(
        pdu,
        destination=parse_rules({"rewrite": [{"prefix": "+855", "to": "0"}]}),
        source=parse_rules({"read": [{"prefix": "1234", "to": "+15555550100"}]}),
    )
    assert (received.source_addr, received.destination_addr) == ("+85512345678", "+15555550100")
