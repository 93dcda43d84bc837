from datetime import UTC, datetime

import pytest

from smsc.simulator import profiles
from smsc.simulator.behaviour import Behaviour, Fate, ReceiptFor
from smsc.simulator.message_ids import MessageIdStyle
from smsc.simulator.profiles import Profile
from smsc.simulator.receipts import DueReceipt, first_receipt, receipt_pdu
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import DeliverSm, SubmitSm, Tag
from smsc.sms.receipt import is_receipt, parse
from smsc.sms.status import MessageState
from smsc.sms.udh import concatenation_header

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC).timestamp()


def submit(registered_delivery: int = 1) -> Submit:
    pdu = SubmitSm(
        source_addr="85510000001",
        source_addr_ton=1,
        destination_addr="85512345678",
        dest_addr_ton=2,
        registered_delivery=registered_delivery,
        short_message=b"hello",
    )
    return Submit(pdu, "esme", AT, 0, number=255, message_id="255")


@pytest.mark.parametrize(
    ("registered_delivery", "fate", "states"),
    [
        (0, Fate.DELIVERED, []),
        (1, Fate.DELIVERED, [MessageState.DELIVERED]),
        (1, Fate.UNDELIVERABLE, [MessageState.UNDELIVERABLE]),
        (1, Fate.NO_RECEIPT, []),
        (1, Fate.ENROUTE_FIRST, [MessageState.ENROUTE, MessageState.DELIVERED]),
        (2, Fate.DELIVERED, []),
        (2, Fate.EXPIRED, [MessageState.EXPIRED]),
        (3, Fate.DELIVERED, [MessageState.DELIVERED]),
        (3, Fate.ENROUTE_FIRST, [MessageState.DELIVERED]),
        (3, Fate.REJECTED, []),
        (0x11, Fate.DELIVERED, [MessageState.DELIVERED]),
        (2, Fate.NO_RECEIPT, []),
    ],
)
def test_who_asks_gets_the_receipts_asked_for(
    registered_delivery: int, fate: Fate, states: list[MessageState]
) -> None:
    due = first_receipt(submit(registered_delivery), fate, Behaviour())
    assert ([due.state, *due.remaining] if due else []) == states


def test_a_receipt_says_what_became_of_the_message() -> None:
    due = DueReceipt(submit(), MessageState.EXPIRED)
    pdu = receipt_pdu(due, Behaviour(), AT + 60)
    assert isinstance(pdu, DeliverSm)
    assert (pdu.source_addr, pdu.source_addr_ton) == ("85512345678", 2)
    assert (pdu.destination_addr, pdu.dest_addr_ton) == ("85510000001", 1)
    assert is_receipt(pdu.esm_class, has_receipted_message_id=False, has_message_state=False)
    assert pdu.short_message == (
        b"id:255 sub:001 dlvrd:000 submit date:2603011230 done date:2603011231 "
        b"stat:EXPIRED err:027 text:hello"
    )
    receipt = parse(
        b"",
        receipted_message_id=pdu.tlvs[Tag.RECEIPTED_MESSAGE_ID],
        message_state=pdu.tlvs[Tag.MESSAGE_STATE][0],
        network_error_code=pdu.tlvs[Tag.NETWORK_ERROR_CODE],
    )
    assert (receipt.message_id, receipt.state, receipt.error_code) == (
        "255",
        MessageState.EXPIRED,
        "27",
    )


def test_a_receipt_may_write_the_id_in_another_base() -> None:
    behaviour = Behaviour(receipt_id_style=MessageIdStyle.HEX, receipt_tlvs=False)
    pdu = receipt_pdu(DueReceipt(submit(), MessageState.DELIVERED), behaviour, AT)
    assert isinstance(pdu, DeliverSm)
    assert not pdu.tlvs
    assert parse(pdu.short_message).message_id == "ff"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "goip",
            (
                b"id:255 sub:0 dlvrd:1 submit date:2603011230 done date:2603011231 "
                b"stat:UNDELIV err:500 Text:hello"
            ),
        ),
        ("jasmin", b"id:255 submit date:2603011230 done date:2603011231 stat:UNDELIV err:10"),
        (
            "kannel",
            (
                b"id:255 sub:001 dlvrd:000 submit date:2603011230 done date:2603011231 "
                b"err:001 stat:UNDELIV"
            ),
        ),
        (
            "clickatell",
            (
                b"id:255 sub:001 dlvrd:000 submit date:260301123000 done date:260301123100 "
                b"stat:FAILED err:00B text:hello"
            ),
        ),
        (
            "cm",
            b"id:255 submit date:20260301123000 done date:20260301123100 stat:UNDELIV err:001",
        ),
        ("odd-receipts", b"stat:FAILED err: 00B Done_Date:20260301123100 ID:255 Dlvrd:null"),
        ("tlv-receipts", b""),
    ],
)
def test_a_profile_writes_its_dialect(name: str, body: bytes) -> None:
    due = DueReceipt(submit(), MessageState.UNDELIVERABLE)
    pdu = receipt_pdu(due, profiles.find(name).behaviour(), AT + 60)
    assert pdu.message_octets == body


@pytest.mark.parametrize("profile", profiles.every(), ids=lambda profile: profile.name)
def test_our_parser_reads_every_profile(profile: Profile) -> None:
    pdu = receipt_pdu(DueReceipt(submit(), MessageState.DELIVERED), profile.behaviour(), AT)
    tlvs = pdu.tlvs
    receipt = parse(
        pdu.message_octets,
        receipted_message_id=tlvs.get(Tag.RECEIPTED_MESSAGE_ID),
        message_state=tlvs.get(Tag.MESSAGE_STATE, b"\xff")[0] if tlvs else None,
    )
    assert receipt.state is MessageState.DELIVERED
    assert receipt.message_id


def test_a_receipt_says_enroute_first_if_the_box_does() -> None:
    due = first_receipt(submit(), Fate.UNDELIVERABLE, Behaviour(receipt_enroute=True))
    assert due is not None
    assert [due.state, *due.remaining] == [MessageState.ENROUTE, MessageState.UNDELIVERABLE]


@pytest.mark.parametrize(("which", "reported"), [("all", [1, 2]), ("first", [1]), ("last", [2])])
def test_only_some_segments_of_a_long_message_are_reported(
    which: ReceiptFor, reported: list[int]
) -> None:
    behaviour = Behaviour(receipt_for=ReceiptFor(which))
    parts = {
        number: Submit(
            SubmitSm(
                esm_class=0x40,
                registered_delivery=1,
                short_message=concatenation_header(7, 2, number) + b"text",
            ),
            "esme",
            AT,
            0,
        )
        for number in (1, 2)
    }
    assert reported == [
        number for number, part in parts.items() if first_receipt(part, Fate.DELIVERED, behaviour)
    ]
