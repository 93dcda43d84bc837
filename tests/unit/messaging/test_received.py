"""What comes over a connector: a receipt or a handset's message, by whatever carrier."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.messaging.receiving.matching import ReceivedReceipt
from smsc.messaging.receiving.parts import ReceivedPart
from smsc.messaging.receiving.received import read_delivery
from smsc.smpp.pdu import DataSm, DeliverSm, Tag
from smsc.sms.alphabet import Alphabet
from smsc.sms.receipt_rules import ReceiptRules
from smsc.sms.status import MessageState

BODY = (
    b"id:1234567890 sub:001 dlvrd:000 submit date:2401150830 done date:2401150831"
    b" stat:FAILED err:001 text:Hello"
)
UNMARKED = ReceiptRules(unmarked=True)


def read(
    pdu: DeliverSm | DataSm, rules: ReceiptRules | None = None
) -> ReceivedReceipt | ReceivedPart:
    content, _ = read_delivery(pdu, "CN1", "CR1", Alphabet.GSM7, rules or ReceiptRules())
    return content


@pytest.mark.parametrize(
    "pdu",
    [
        pytest.param(DeliverSm(esm_class=0x04, short_message=BODY), id="short_message"),
        pytest.param(
            DeliverSm(esm_class=0x04, tlvs={Tag.MESSAGE_PAYLOAD: BODY}), id="message_payload"
        ),
        pytest.param(DataSm(esm_class=0x04, tlvs={Tag.MESSAGE_PAYLOAD: BODY}), id="data_sm"),
        pytest.param(
            DeliverSm(esm_class=0x04, data_coding=8, short_message=BODY), id="data_coding 8"
        ),
        pytest.param(DeliverSm(esm_class=0x08, short_message=BODY), id="esm_class 0x08"),
        pytest.param(
            DeliverSm(esm_class=0x44, short_message=bytes.fromhex("050003070201") + BODY),
            id="esm_class 0x44 with a header",
        ),
        pytest.param(
            DeliverSm(esm_class=0x44, short_message=BODY), id="esm_class 0x44 without a header"
        ),
        pytest.param(
            DeliverSm(
                short_message=BODY,
                tlvs={Tag.RECEIPTED_MESSAGE_ID: b"1234567890\0", Tag.MESSAGE_STATE: b"\5"},
            ),
            id="esm_class 0x00 with TLVs",
        ),
    ],
)
def test_a_receipt_is_read_from_each_carrier(pdu: DeliverSm | DataSm) -> None:
    receipt = read(pdu)
    assert isinstance(receipt, ReceivedReceipt)
    assert (receipt.message_id, receipt.state, receipt.error_code) == (
        "1234567890",
        MessageState.UNDELIVERABLE,
        "001",
    )
    assert BODY in receipt.raw


@pytest.mark.parametrize("carrier", [DeliverSm, DataSm])
@pytest.mark.parametrize(
    ("network_error_code", "error_code"),
    [(b"\x03\x00\x1b", "27"), (b"027", "027")],
    ids=["network_error_code of 3 octets", "network_error_code of 3 ASCII digits"],
)
def test_tlvs_alone_are_read_and_kept(
    carrier: type[DeliverSm | DataSm], network_error_code: bytes, error_code: str
) -> None:
    receipt = read(
        carrier(
            esm_class=0x04,
            tlvs={
                Tag.RECEIPTED_MESSAGE_ID: b"A1\0",
                Tag.MESSAGE_STATE: b"\5",
                Tag.NETWORK_ERROR_CODE: network_error_code,
            },
        )
    )
    assert isinstance(receipt, ReceivedReceipt)
    assert (receipt.message_id, receipt.state, receipt.error_code, receipt.why) == (
        "A1",
        MessageState.UNDELIVERABLE,
        error_code,
        f"5 err:{error_code}",
    )
    assert receipt.raw == b"\0\x1e\0\3A1\0\4\x27\0\1\5\4\x23\0\3" + network_error_code


def test_an_intermediate_notification_is_a_receipt_that_decides_nothing() -> None:
    receipt = read(DeliverSm(esm_class=0x20, short_message=b"id:1 stat:BUFFRED err:000"))
    assert isinstance(receipt, ReceivedReceipt)
    assert not receipt.state.final


@pytest.mark.parametrize(
    ("pdu", "rules"),
    [
        (DeliverSm(short_message=BODY), ReceiptRules()),
        (DeliverSm(esm_class=0x10, short_message=BODY), ReceiptRules()),
        (DeliverSm(short_message=b"Look at this: " + BODY), UNMARKED),
        (DeliverSm(esm_class=0x40, short_message=bytes.fromhex("050003070201") + BODY), UNMARKED),
        (
            DeliverSm(
                short_message=BODY,
                tlvs={
                    Tag.SAR_MSG_REF_NUM: b"\0\1",
                    Tag.SAR_TOTAL_SEGMENTS: b"\2",
                    Tag.SAR_SEGMENT_SEQNUM: b"\1",
                },
            ),
            UNMARKED,
        ),
        (DeliverSm(short_message=b"id: 12 is my house"), UNMARKED),
    ],
    ids=[
        "esm_class 0x00",
        "the handset's acknowledgement",
        "quoted, where unmarked ones come",
        "a part of a long text, where unmarked ones come",
        "a part by sar_*, where unmarked ones come",
        "a text that begins with a label",
    ],
)
def test_a_handsets_text_that_looks_like_a_receipt_stays_a_text(
    pdu: DeliverSm, rules: ReceiptRules
) -> None:
    assert isinstance(read(pdu, rules), ReceivedPart)


def test_an_unmarked_receipt_is_one_where_they_are_known_to_come() -> None:
    receipt = read(DeliverSm(short_message=BODY), UNMARKED)
    assert isinstance(receipt, ReceivedReceipt)
    assert receipt.rules is UNMARKED


octets = st.binary(max_size=60) | st.sampled_from([BODY, BODY[:30], b"id:", b"stat:FAILED"])
tags = st.sampled_from([*(int(tag) for tag in Tag), 0x1400, 0])


@given(
    esm_class=st.integers(0, 255),
    data_coding=st.integers(0, 255),
    body=octets,
    tlvs=st.dictionaries(tags, octets, max_size=5),
    unmarked=st.booleans(),
    is_data_sm=st.booleans(),
)
@settings(max_examples=500)
def test_no_octets_and_no_tlvs_make_reading_fail(
    *,
    esm_class: int,
    data_coding: int,
    body: bytes,
    tlvs: dict[int, bytes],
    unmarked: bool,
    is_data_sm: bool,
) -> None:
    pdu: DeliverSm | DataSm
    if is_data_sm:
        pdu = DataSm(esm_class=esm_class, data_coding=data_coding, tlvs=tlvs)
    else:
        pdu = DeliverSm(esm_class=esm_class, data_coding=data_coding, short_message=body, tlvs=tlvs)
    content = read(pdu, ReceiptRules(unmarked=unmarked))
    if isinstance(content, ReceivedReceipt):
        assert "\0" not in content.why
        assert all(content.rare_keys) or not content.rare_keys
        assert len(content.keys) <= 6
