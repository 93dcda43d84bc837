"""The `deliver_sm`s that an ESME is owed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsc.messaging.esmes.owed import Dialect, Owed
from smsc.messaging.esmes.submitted_as import SubmittedAs
from smsc.smpp.pdu import Tag
from smsc.sms.address import SmppAddress
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.decoding import decode_text
from smsc.sms.receipt import parse
from smsc.sms.receipt_template import ReceiptTemplate
from smsc.sms.status import MessageState

SID = "SM" + "0a" * 16
RECEIPT = Owed(
    id=1,
    smpp_credential_sid="SB1",
    message_sid=SID,
    kind="receipt",
    status="delivered",
    error_code=None,
    to="+85512345678",
    from_="+15555550100",
    body="Hello ж",
    created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    updated_at=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
)
MESSAGE = replace(
    RECEIPT, kind="message", status="received", to="+15555550100", from_="+85512345678"
)


def test_a_receipt_is_written_as_appendix_b_has_it() -> None:
    (pdu,) = RECEIPT.to_pdus(Dialect(10))
    assert (
        pdu.short_message
        == (
            f"id:{SID} sub:001 dlvrd:001 submit date:2601020304 done date:2601020305 "
            "stat:DELIVRD err:000 text:Hello ?"
        ).encode()
    )
    assert (pdu.esm_class, pdu.source_addr, pdu.destination_addr) == (
        0x04,
        "85512345678",
        "15555550100",
    )
    assert pdu.tlvs[Tag.RECEIPTED_MESSAGE_ID] == SID.encode() + b"\0"
    assert pdu.tlvs[Tag.MESSAGE_STATE] == bytes([MessageState.DELIVERED])


@pytest.mark.parametrize(
    ("status", "error_code", "stat", "err"),
    [
        ("undelivered", 30005, "UNDELIV", "005"),
        ("failed", 30008, "REJECTD", "008"),
        ("canceled", None, "DELETED", "000"),
    ],
)
def test_a_receipt_tells_a_failure(
    status: str, error_code: int | None, stat: str, err: str
) -> None:
    (pdu,) = replace(RECEIPT, status=status, error_code=error_code).to_pdus(Dialect(10))
    receipt = parse(pdu.short_message)
    assert (receipt.raw_state, receipt.error_code) == (stat, err)


@pytest.mark.parametrize(
    ("body", "count"),
    [("Hi", 1), ("x" * 161, 2), ("ж" * 135, 3)],
    ids=["one", "GSM 7-bit in two", "UCS-2 in three"],
)
def test_a_message_goes_in_parts_that_join_to_its_text(body: str, count: int) -> None:
    pdus = replace(MESSAGE, body=body).to_pdus(Dialect(10))
    assert len(pdus) == count
    parts = [
        read_part(pdu.short_message, has_udh=bool(pdu.esm_class & 0x40), sar=None) for pdu in pdus
    ]
    octets, missing = join({part.number: part.payload for part in parts}, count)
    assert missing == []
    assert decode_text(octets, pdus[0].data_coding, Alphabet.GSM7) == body


@pytest.mark.parametrize("most", [2, 1000], ids=["beyond the window", "beyond 255 parts"])
def test_a_message_of_too_many_parts_goes_as_a_payload(most: int) -> None:
    body = "ж" * 67 * (most + 1 if most < 255 else 256)
    (pdu,) = replace(MESSAGE, body=body).to_pdus(Dialect(most))
    assert pdu.short_message == b""
    assert pdu.tlvs[Tag.MESSAGE_PAYLOAD].decode("utf-16-be") == body


@pytest.mark.parametrize(
    ("address", "addr", "ton", "npi"),
    [("+85512345678", "85512345678", 1, 1), ("1294", "1294", 0, 1), ("CLINIC", "CLINIC", 5, 0)],
)
def test_a_sender_keeps_its_kind(address: str, addr: str, ton: int, npi: int) -> None:
    (pdu,) = replace(MESSAGE, from_=address).to_pdus(Dialect(10))
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (addr, ton, npi)


def test_a_receipt_goes_back_to_the_addresses_as_the_esme_wrote_them() -> None:
    written = SubmittedAs(SmppAddress("100", 3, 9), SmppAddress("0012345678", 2, 8), "CMT")
    stored = written.stored(RECEIPT.from_, RECEIPT.to)
    (pdu,) = replace(RECEIPT, submitted_as=stored).to_pdus(Dialect(10))
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == ("0012345678", 2, 8)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == ("100", 3, 9)
    assert pdu.service_type == "CMT"


def test_messages_of_one_submit_multi_have_its_message_id_in_their_receipts() -> None:
    stored = SubmittedAs.read(None, RECEIPT.from_, RECEIPT.to).under("SM1").stored("", "")
    (pdu,) = replace(RECEIPT, submitted_as=stored).to_pdus(Dialect(10))
    assert pdu.tlvs[Tag.RECEIPTED_MESSAGE_ID] == b"SM1\0"
    assert parse(pdu.short_message).message_id == "SM1"


def test_an_esme_older_than_3_4_gets_no_tlvs() -> None:
    (pdu,) = replace(RECEIPT, error_code=30005).to_pdus(Dialect(10, has_tlvs=False))
    assert pdu.tlvs == {}


def test_a_template_of_the_credential_is_used() -> None:
    template = ReceiptTemplate.parse("id:{id} stat:{stat}")
    (pdu,) = RECEIPT.to_pdus(Dialect(10, template))
    assert pdu.short_message == f"id:{SID} stat:DELIVRD".encode()


@pytest.mark.parametrize(
    ("status", "error_code", "state", "told"),
    [
        ("undelivered", 30003, MessageState.EXPIRED, MessageState.EXPIRED),
        ("undelivered", 30008, MessageState.UNKNOWN, MessageState.UNDELIVERABLE),
        ("undelivered", 30008, None, MessageState.UNDELIVERABLE),
        ("failed", 30036, None, MessageState.EXPIRED),
        ("failed", 30005, None, MessageState.REJECTED),
        ("delivered", None, None, MessageState.DELIVERED),
        ("canceled", None, None, MessageState.DELETED),
        ("sent", None, None, MessageState.ENROUTE),
        ("queued", None, None, MessageState.ENROUTE),
        ("sent", None, MessageState.ACCEPTED, MessageState.ACCEPTED),
        ("sent", None, MessageState.ENROUTE, MessageState.ENROUTE),
    ],
)
def test_the_state_is_what_is_known_best(
    status: str, error_code: int | None, state: MessageState | None, told: MessageState
) -> None:
    owed = replace(RECEIPT, status=status, error_code=error_code, state=state)
    assert owed.message_state() is told


@pytest.mark.parametrize(
    ("receipt_error", "octets"),
    [("021", b"\x03\x00\x15"), (None, b"\x03\x00\x05"), ("00B", b"\x03\x00\x05")],
    ids=["the network's", "ours", "no number"],
)
def test_a_failure_has_a_network_error_code(receipt_error: str | None, octets: bytes) -> None:
    failed = replace(RECEIPT, status="undelivered", error_code=30005, receipt_error=receipt_error)
    (pdu,) = failed.to_pdus(Dialect(10))
    assert pdu.tlvs[Tag.NETWORK_ERROR_CODE] == octets


def test_an_applications_data_reaches_the_esme_as_it_came() -> None:
    data = bytes.fromhex("0605040B8423F0") + bytes(range(256))
    owed = replace(MESSAGE, data=data, data_coding=0xF5, data_has_udh=True)
    pdus = owed.to_pdus(Dialect(10))
    parts = [read_part(pdu.short_message, has_udh=pdu.has_udh, sar=None) for pdu in pdus]
    assert b"".join(part.payload for part in parts) == bytes(range(256))
    assert {(pdu.data_coding, pdu.esm_class) for pdu in pdus} == {(0xF5, 0x40)}
    assert {part.udh for part in parts} == {bytes.fromhex("05040B8423F0")}
