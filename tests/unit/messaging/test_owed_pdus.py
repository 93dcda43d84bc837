"""The `deliver_sm`s that an ESME is owed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsc.messaging.esme_outbox import Owed
from smsc.smpp.pdu import Tag
from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.decoding import decode_text
from smsc.sms.receipt import parse
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
    (pdu,) = RECEIPT.to_pdus(most=10)
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
    (pdu,) = replace(RECEIPT, status=status, error_code=error_code).to_pdus(most=10)
    receipt = parse(pdu.short_message)
    assert (receipt.raw_state, receipt.error_code) == (stat, err)


@pytest.mark.parametrize(
    ("body", "count"),
    [("Hi", 1), ("x" * 161, 2), ("ж" * 135, 3)],
    ids=["one", "GSM 7-bit in two", "UCS-2 in three"],
)
def test_a_message_goes_in_parts_that_join_to_its_text(body: str, count: int) -> None:
    pdus = replace(MESSAGE, body=body).to_pdus(most=10)
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
    (pdu,) = replace(MESSAGE, body=body).to_pdus(most)
    assert pdu.short_message == b""
    assert pdu.tlvs[Tag.MESSAGE_PAYLOAD].decode("utf-16-be") == body


@pytest.mark.parametrize(
    ("address", "addr", "ton", "npi"),
    [("+85512345678", "85512345678", 1, 1), ("1294", "1294", 0, 1), ("CLINIC", "CLINIC", 5, 0)],
)
def test_a_sender_keeps_its_kind(address: str, addr: str, ton: int, npi: int) -> None:
    (pdu,) = replace(MESSAGE, from_=address).to_pdus(most=10)
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (addr, ton, npi)
