"""What an ESME's `submit_sm` asks for."""

import pytest

from smsc.messaging.directory import AccountFacts
from smsc.messaging.outbound import Draft
from smsc.messaging.submitted import read_submit
from smsc.smpp.pdu import DataSm, SubmitSm, Tag

ACCOUNT = AccountFacts("AC1", "CR1", "active", "token")


def read(**fields: object) -> Draft:
    addresses: dict[str, object] = {
        "source_addr": "15555550100",
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "destination_addr": "85512345678",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
    }
    return read_submit(SubmitSm(**addresses | fields), ACCOUNT, "SB1")  # type: ignore[arg-type]


def test_addresses_become_e164() -> None:
    draft = read(short_message=b"Hi")
    assert (draft.from_, draft.to) == ("+15555550100", "+85512345678")
    assert draft.smpp_credential_sid == "SB1"


@pytest.mark.parametrize(
    ("data_coding", "octets", "body"),
    [
        (0, b"Hi \x00 there", "Hi @ there"),
        (1, b"a@b", "a@b"),
        (3, "grün".encode("latin-1"), "grün"),
        (8, "ж😀".encode("utf-16-be"), "ж😀"),
    ],
    ids=["GSM 7-bit", "IA5", "Latin 1", "UCS-2"],
)
def test_text_is_decoded_and_encoded_anew(data_coding: int, octets: bytes, body: str) -> None:
    draft = read(data_coding=data_coding, short_message=octets)
    assert (draft.body, draft.user_data, draft.has_udh) == (body, None, False)


def test_a_payload_counts_as_the_message() -> None:
    text = "long " * 60
    assert read(tlvs={Tag.MESSAGE_PAYLOAD: text.encode()}).body == text
    data_sm = DataSm(
        source_addr="15555550100",
        destination_addr="85512345678",
        tlvs={Tag.MESSAGE_PAYLOAD: b"Hi"},
    )
    assert read_submit(data_sm, ACCOUNT, "SB1").body == "Hi"


def test_a_segment_with_a_header_goes_on_as_it_is() -> None:
    octets = bytes.fromhex("050003070201") + b"Hi"
    draft = read(esm_class=0x40, short_message=octets)
    assert (draft.user_data, draft.data_coding, draft.has_udh) == (octets, 0, True)
    assert draft.body == "Hi"


def test_a_segment_numbered_by_tlvs_gets_a_header() -> None:
    tlvs = {
        Tag.SAR_MSG_REF_NUM: b"\x01\x07",
        Tag.SAR_TOTAL_SEGMENTS: b"\x02",
        Tag.SAR_SEGMENT_SEQNUM: b"\x01",
    }
    draft = read(short_message=b"Hi", tlvs=tlvs)
    assert draft.user_data == bytes.fromhex("050003070201") + b"Hi"
    assert (draft.has_udh, draft.body) == (True, "Hi")


@pytest.mark.parametrize(
    "tlvs",
    [
        {Tag.SAR_MSG_REF_NUM: b"\x01\x07"},
        {Tag.SAR_MSG_REF_NUM: b"\0\1", Tag.SAR_TOTAL_SEGMENTS: b"\2", Tag.SAR_SEGMENT_SEQNUM: b""},
        {
            Tag.SAR_MSG_REF_NUM: b"\0\1",
            Tag.SAR_TOTAL_SEGMENTS: b"\1",
            Tag.SAR_SEGMENT_SEQNUM: b"\1",
        },
        {
            Tag.SAR_MSG_REF_NUM: b"\0\1",
            Tag.SAR_TOTAL_SEGMENTS: b"\2",
            Tag.SAR_SEGMENT_SEQNUM: b"\3",
        },
    ],
    ids=["one of three", "one empty", "the only one", "beyond the last"],
)
def test_numbers_that_make_no_sense_are_no_numbers(tlvs: dict[int, bytes]) -> None:
    draft = read(short_message=b"Hi", tlvs=tlvs)
    assert (draft.user_data, draft.has_udh, draft.body) == (None, False, "Hi")


def test_what_is_no_text_goes_on_as_it_is() -> None:
    draft = read(data_coding=4, short_message=b"\x00\xff")
    assert (draft.user_data, draft.data_coding, draft.has_udh) == (b"\x00\xff", 4, False)


@pytest.mark.parametrize(
    ("registered_delivery", "kept"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (0x10, 0x10), (0x11, 0x11), (0x0C, 0), (0x0D, 1)],
    ids=[
        "none",
        "all",
        "failures",
        "successes",
        "intermediate ones",
        "intermediate ones too",
        "acknowledgements by the recipient",
        "acknowledgements too",
    ],
)
def test_the_receipts_that_are_asked_for_are_kept_with_the_message(
    registered_delivery: int, kept: int
) -> None:
    assert read(registered_delivery=registered_delivery).registered_delivery == kept
