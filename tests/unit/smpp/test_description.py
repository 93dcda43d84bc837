import json

import pytest

from smsc.smpp.description import HIDDEN, Disclosure, cut, describe, one_line
from smsc.smpp.pdu import (
    Bind,
    DeliverSm,
    EnquireLink,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unknown,
    encode,
)

HANDSET, SENDER = "85512345678", "14155552671"
SECRET = "meet me at nine"
ALL = Disclosure(numbers=True, bodies=True)

SUBMIT = SubmitSm(
    7,
    source_addr=SENDER,
    destination_addr=HANDSET,
    short_message=SECRET.encode(),
    tlvs={Tag.CALLBACK_NUM: b"\x01\x01\x01" + HANDSET.encode(), 0x1401: HANDSET.encode()},
)
RECEIPT = DeliverSm(
    8,
    esm_class=0x04,
    source_addr=HANDSET,
    destination_addr=SENDER,
    short_message=f"id:00af sub:001 stat:DELIVRD err:000 text:{SECRET}".encode(),
)


def fields(pdu: Pdu, shown: Disclosure = HIDDEN) -> dict[str, object]:
    said = describe(encode(pdu), shown)["fields"]
    assert isinstance(said, dict)
    return said


@pytest.mark.parametrize("pdu", [SUBMIT, RECEIPT], ids=["submit_sm", "receipt"])
def test_neither_numbers_nor_texts_are_shown_unless_asked(pdu: Pdu) -> None:
    described = json.dumps(describe(encode(pdu)))
    for secret in (HANDSET, SENDER, SECRET, HANDSET.encode().hex(), SECRET.encode().hex()):
        assert secret not in described
    asked = json.dumps(describe(encode(pdu), ALL))
    assert HANDSET in asked
    assert SECRET in asked


def test_a_receipt_tells_its_state_without_the_text_that_it_quotes() -> None:
    assert fields(RECEIPT)["receipt"] == "id:00af stat:DELIVRD err:000"


def test_a_password_is_never_shown() -> None:
    bind = Bind(1, system_id="clinic", password="s3cret!")
    assert "s3cret!" not in json.dumps(describe(encode(bind), ALL))
    assert fields(bind)["system_id"] == "clinic"


def test_a_sender_s_name_is_nobody_s_number() -> None:
    named = SubmitSm(source_addr_ton=5, source_addr="CLINIC", destination_addr=HANDSET)
    assert (fields(named)["source_addr"], fields(named)["destination_addr"]) == ("CLINIC", "…5678")


def test_a_part_says_its_place() -> None:
    part = DeliverSm(esm_class=0x40, short_message=b"\x05\x00\x03\x2a\x03\x02rest")
    assert fields(part)["part"] == "2 of 3, reference 42"


def test_what_is_no_pdu_of_ours_is_shown_by_its_length() -> None:
    unknown = Unknown(3, 0, 0x00010200, HANDSET.encode())
    assert fields(unknown) == {"body_octets": 11}
    assert fields(unknown, ALL) == {"body_hex": HANDSET.encode().hex()}


def test_a_malformed_pdu_says_what_is_wrong_with_it() -> None:
    broken = encode(SUBMIT)[:-30]
    broken = len(broken).to_bytes(4) + broken[4:]
    described = describe(broken)
    assert described["command"] == "submit_sm"
    assert described["malformed"]


@pytest.mark.parametrize("octets", [b"", b"\0", b"\xff" * 40, b"\0" * 16], ids=repr)
def test_no_octets_make_it_fail(octets: bytes) -> None:
    for frame in [octets, *cut(octets)]:
        one_line(describe(frame, ALL))


def test_a_write_is_cut_into_its_pdus() -> None:
    frames = [encode(pdu) for pdu in (EnquireLink(1), SUBMIT, RECEIPT)]
    assert list(cut(b"".join(frames))) == frames


def test_a_line_names_the_status_of_a_response() -> None:
    line = one_line(describe(encode(SubmitSmResp(7, 0x58))))
    assert line == "submit_sm_resp #7 ESME_RTHROTTLED"
    line = one_line(describe(encode(SubmitSmResp(7, 0, "a f"))))
    assert line == "submit_sm_resp #7 ESME_ROK message_id='a f'"
