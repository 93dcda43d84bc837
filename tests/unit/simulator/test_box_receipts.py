from datetime import UTC, datetime

import pytest

from smsc.simulator.behaviour import Behaviour, Fate
from smsc.simulator.message_ids import MessageIdStyle
from smsc.simulator.receipts import DueReceipt, first_receipt, receipt_pdu
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import SubmitSm, Tag
from smsc.sms.receipt import is_receipt, parse
from smsc.sms.status import MessageState

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
    due = first_receipt(submit(registered_delivery), fate)
    assert ([due.state, *due.remaining] if due else []) == states


def test_a_receipt_says_what_became_of_the_message() -> None:
    due = DueReceipt(submit(), MessageState.EXPIRED)
    pdu = receipt_pdu(due, Behaviour(), AT + 60)
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
    assert not pdu.tlvs
    assert parse(pdu.short_message).message_id == "ff"
