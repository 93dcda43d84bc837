"""Claimed segments as `submit_sm`s."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.submit import SubmitRules, to_submits
from smsc.smpp.pdu import SubmitSm, Tag
from smsc.sms.address_rules import parse_rules

SID = "SM" + "0" * 28 + "abcd"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
CLAIM = Claim(
    message_sid=SID,
    number=1,
    lane=2,
    queued_at=NOW,
    attempts=0,
    doubts=0,
    text_style=None,
    to="+85512345678",
    from_="+15555550100",
    body="Hello",
    data_coding=0,
    user_data=None,
    has_udh=False,
)


def submit(**changes: object) -> SubmitSm:
    (pdu,) = to_submits([CLAIM._replace(**changes)], NOW)  # type: ignore[arg-type]
    return pdu


def test_without_rules_an_address_is_digits_of_type_international() -> None:
    pdu = submit()
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == ("15555550100", 1, 1)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == ("85512345678", 1, 1)
    assert (pdu.service_type, pdu.short_message, pdu.tlvs) == ("", b"Hello", {})


def test_addresses_and_service_type_are_as_the_connector_wants_them() -> None:
    rules = SubmitRules(
        service_type="CMT",
        source=parse_rules({"plus": True, "alphanumeric": {"ton": 5, "npi": 1}}),
        destination=parse_rules(
            {"rewrite": [{"prefix": "+855", "to": "0"}], "national": {"ton": 2, "npi": 8}}
        ),
    )
    number, name = to_submits([CLAIM, CLAIM._replace(from_="Clinic")], NOW, rules)
    assert number.service_type == "CMT"
    assert (number.source_addr, number.source_addr_ton) == ("+15555550100", 1)
    assert (number.destination_addr, number.dest_addr_ton, number.dest_addr_npi) == (
        "012345678",
        2,
        8,
    )
    assert (name.source_addr, name.source_addr_ton, name.source_addr_npi) == ("Clinic", 5, 1)


@pytest.mark.parametrize(
    ("style", "reference", "header_octets"),
    [(None, b"\xcd", 6), ("udh16", b"\xab\xcd", 7)],
    ids=["8 bits", "16 bits"],
)
def test_segments_share_a_reference_out_of_their_sid(
    style: str | None, reference: bytes, header_octets: int
) -> None:
    claims = [CLAIM._replace(body="a" * 200, number=number, text_style=style) for number in (1, 2)]
    headers = [pdu.short_message[:header_octets] for pdu in to_submits(claims, NOW)]
    assert [header[3:-2] for header in headers] == [reference, reference]
    assert [header[-2:] for header in headers] == [b"\2\1", b"\2\2"]


def test_sar_parameters_number_what_has_no_header() -> None:
    pdu = submit(body="a" * 200, number=2, text_style="sar")
    assert pdu.tlvs == {
        Tag.SAR_MSG_REF_NUM: b"\xab\xcd",
        Tag.SAR_TOTAL_SEGMENTS: b"\2",
        Tag.SAR_SEGMENT_SEQNUM: b"\2",
    }
    assert (pdu.esm_class, pdu.short_message) == (0, b"a" * 47)


def test_a_payload_leaves_the_short_message_empty() -> None:
    pdu = submit(body="a" * 200, text_style="payload")
    assert (pdu.short_message, pdu.tlvs) == (b"", {Tag.MESSAGE_PAYLOAD: b"a" * 200})


@pytest.mark.parametrize(("body", "data_coding"), [("Hi", 0x10), ("ж", 0x18)])
def test_flash_is_class_0(body: str, data_coding: int) -> None:
    assert submit(body=body, text_style="flash").data_coding == data_coding


def test_an_esmes_own_segment_goes_as_it_came_but_for_the_connectors_style() -> None:
    cut = bytes.fromhex("050003070201") + b"Hi"
    changes = {"user_data": cut, "has_udh": True, "data_coding": 0xF1}
    plain, packed = submit(**changes), submit(**changes, text_style="packed")
    assert (plain.esm_class, plain.data_coding, plain.short_message) == (0x40, 0xF1, cut)
    assert packed.short_message == cut[:6] + bytes.fromhex("9069")


def test_an_esmes_long_data_goes_as_a_payload() -> None:
    pdu = submit(user_data=bytes(200), data_coding=4)
    assert (pdu.short_message, pdu.tlvs) == (b"", {Tag.MESSAGE_PAYLOAD: bytes(200)})


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, ""),
        (1, "000000000001000R"),
        (3_661, "000000010101000R"),
        (36_000, "000000100000000R"),
    ],
)
def test_a_validity_period_is_relative(seconds: int | None, written: str) -> None:
    assert submit(validity_seconds=seconds).validity_period == written


@pytest.mark.parametrize(
    ("waited", "written"),
    [(59, "000000000001000R"), (61, "000000000001000R"), (-5, "000000000100000R")],
    ids=["a second is left", "it is over, and about to be failed", "clocks differ"],
)
def test_the_remote_is_told_what_is_left_of_a_validity_period(waited: int, written: str) -> None:
    queued_at = NOW - timedelta(seconds=waited)
    assert submit(validity_seconds=60, queued_at=queued_at).validity_period == written


def test_a_connector_that_refuses_validity_periods_gets_none() -> None:
    claim = CLAIM._replace(validity_seconds=60)
    (pdu,) = to_submits([claim], NOW, SubmitRules(passes_validity=False))
    assert pdu.validity_period == ""
