"""What an ESME's `submit_sm` asks for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smsc.messaging.accept.outbound import Draft
from smsc.messaging.directory import AccountFacts
from smsc.messaging.esmes.esme_credentials import EsmeCredential
from smsc.messaging.esmes.submit_times import Unacceptable
from smsc.messaging.esmes.submitted import read_multi, read_submit
from smsc.models import Lane
from smsc.smpp.pdu import (
    CommandStatus,
    DataSm,
    DistributionList,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
    Tag,
)
from smsc.smpp.pdu.multi import Destination
from smsc.sms.receipt_template import USUAL

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CREDENTIAL = EsmeCredential(
    sid="SB1",
    carrier_sid="CR1",
    account_sid="AC1",
    window=10,
    networks=(),
    bind_types=frozenset(),
    max_binds=10,
    throughput=None,
    senders=frozenset(),
    lane=Lane.NORMAL,
    template=USUAL,
)
ACCOUNT = AccountFacts("AC1", "CR1", "active", "token")


def read(credential: EsmeCredential = CREDENTIAL, **fields: object) -> Draft:
    addresses: dict[str, object] = {
        "source_addr": "15555550100",
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "destination_addr": "85512345678",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
    }
    pdu = SubmitSm(**addresses | fields)  # type: ignore[arg-type]
    return read_submit(pdu, ACCOUNT, credential, NOW)


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
    assert read_submit(data_sm, ACCOUNT, CREDENTIAL, NOW).body == "Hi"


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


@pytest.mark.parametrize("data_coding", [2, 4, 0x14, 0xF4, 0xF5, 0xF6])
def test_data_goes_on_as_it_is(data_coding: int) -> None:
    draft = read(data_coding=data_coding, short_message=b"\x00\xff")
    assert (draft.user_data, draft.data_coding) == (b"\x00\xff", data_coding)
    assert (draft.has_udh, draft.flash) == (False, False)


def test_ports_beside_data_go_into_its_header() -> None:
    ports = {Tag.DESTINATION_PORT: b"\x0b\x84", Tag.SOURCE_PORT: b"\x23\xf0"}
    draft = read(data_coding=4, short_message=b"x", tlvs=ports)
    assert (draft.user_data, draft.has_udh) == (bytes.fromhex("0605040B8423F0") + b"x", True)


def test_data_in_a_payload_goes_on_as_it_is() -> None:
    assert read(data_coding=4, tlvs={Tag.MESSAGE_PAYLOAD: bytes(300)}).user_data == bytes(300)


@pytest.mark.parametrize(
    ("data_coding", "octets"),
    [(0x10, b"\x00Now"), (0xF0, b"\x00Now"), (0x18, "@Now".encode("utf-16-be"))],
    ids=["general, GSM 7-bit", "class group, GSM 7-bit", "UCS-2"],
)
def test_a_flash_text_is_encoded_anew_and_stays_flash(data_coding: int, octets: bytes) -> None:
    draft = read(data_coding=data_coding, short_message=octets)
    assert (draft.body, draft.user_data, draft.flash) == ("@Now", None, True)


@pytest.mark.parametrize("data_coding", [0x11, 0x12, 0x19, 0xF1, 0xF2, 0x50, 0xC8])
def test_text_of_another_class_goes_on_as_it_is_to_keep_it(data_coding: int) -> None:
    draft = read(data_coding=data_coding, short_message=b"\x00H\x00i")
    assert (draft.user_data, draft.data_coding) == (b"\x00H\x00i", data_coding)
    assert not draft.flash


def test_a_flash_segment_that_was_cut_keeps_its_data_coding() -> None:
    octets = bytes.fromhex("050003070201") + b"Hi"
    draft = read(esm_class=0x40, data_coding=0x10, short_message=octets)
    assert (draft.user_data, draft.data_coding, draft.flash) == (octets, 0x10, False)


def test_the_body_of_a_segment_is_read_by_its_national_tables() -> None:
    octets = b"\x03\x24\x01\x01\x1bs"
    draft = read(esm_class=0x40, short_message=octets)
    assert (draft.body, draft.user_data) == ("ş", octets)


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


@pytest.mark.parametrize(
    ("fields", "command_status"),
    [
        ({"priority_flag": 4}, CommandStatus.ESME_RINVPRTFLG),
        ({"replace_if_present_flag": 2}, CommandStatus.ESME_RINVREPFLAG),
        ({"sm_default_msg_id": 1, "short_message": b""}, CommandStatus.ESME_RINVDFTMSGID),
        ({"validity_period": "tomorrow"}, CommandStatus.ESME_RINVEXPIRY),
        ({"validity_period": "201125120000000+"}, CommandStatus.ESME_RINVEXPIRY),
        ({"schedule_delivery_time": "tomorrow"}, CommandStatus.ESME_RINVSCHED),
        ({"schedule_delivery_time": "261125115900000+"}, CommandStatus.ESME_RINVSCHED),
        ({"schedule_delivery_time": "000200000000000R"}, CommandStatus.ESME_RINVSCHED),
        (
            {"schedule_delivery_time": "261125130000000+", "data_coding": 4},
            CommandStatus.ESME_RINVSCHED,
        ),
        (
            {
                "schedule_delivery_time": "261125130000000+",
                "validity_period": "261125123000000+",
            },
            CommandStatus.ESME_RINVEXPIRY,
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_malformed_or_over_is_refused(
    fields: dict[str, object], command_status: CommandStatus
) -> None:
    with pytest.raises(Unacceptable) as refused:
        read(**{"short_message": b"Hi"} | fields)  # type: ignore[arg-type]
    assert refused.value.command_status == command_status


@pytest.mark.parametrize(
    ("lane", "priority_flag", "chosen"),
    [
        (Lane.NORMAL, 0, Lane.NORMAL),
        (Lane.OTP, 0, Lane.OTP),
        (Lane.OTP, 1, Lane.NORMAL),
        (Lane.OTP, 3, Lane.OTP),
        (Lane.ALERT, 3, Lane.ALERT),
        (Lane.NORMAL, 3, Lane.NORMAL),
        (Lane.BULK, 2, Lane.BULK),
    ],
)
def test_a_priority_is_never_above_the_lane_of_the_credential(
    lane: Lane, priority_flag: int, chosen: Lane
) -> None:
    assert read(replace(CREDENTIAL, lane=lane), priority_flag=priority_flag).lane is chosen


@pytest.mark.parametrize(
    ("senders", "is_allowed"),
    [
        (frozenset(), True),
        (frozenset({"+15555550100"}), True),
        (frozenset({"CLINIC"}), False),
    ],
    ids=["any", "this one", "another"],
)
def test_only_allowed_senders_are_sent_from(senders: frozenset[str], *, is_allowed: bool) -> None:
    credential = replace(CREDENTIAL, senders=senders)
    if is_allowed:
        assert read(credential).from_ == "+15555550100"
        return
    with pytest.raises(Unacceptable) as refused:
        read(credential)
    assert refused.value.command_status == CommandStatus.ESME_RINVSRCADR


def test_a_submit_multi_is_one_submit_sm_a_destination() -> None:
    pdu = SubmitMulti(
        7,
        source_addr="100",
        destinations=(SmeAddress(1, 1, "855"), SmeAddress(0, 0, "856")),
        data_coding=8,
        registered_delivery=1,
        short_message=b"Hi",
    )
    assert [
        (one.dest_addr_ton, one.destination_addr, one.source_addr, one.data_coding)
        for one in read_multi(pdu)
    ] == [(1, "855", "100", 8), (0, "856", "100", 8)]


@pytest.mark.parametrize(
    ("destinations", "command_status"),
    [
        ((), CommandStatus.ESME_RINVNUMDESTS),
        ((SmeAddress(addr="855"),) * 255, CommandStatus.ESME_RINVNUMDESTS),
        ((SmeAddress(addr="855"), DistributionList("all")), CommandStatus.ESME_RINVDLNAME),
    ],
    ids=["none", "255", "a list"],
)
def test_destinations_that_cannot_be_are_refused(
    destinations: tuple[Destination, ...], command_status: CommandStatus
) -> None:
    with pytest.raises(Unacceptable) as refused:
        read_multi(SubmitMulti(destinations=destinations))
    assert refused.value.command_status == command_status


def test_a_validity_period_begins_when_the_message_is_to_be_sent() -> None:
    draft = read(
        short_message=b"Hi",
        schedule_delivery_time="261125130000000+",
        validity_period="000000020000000R",
    )
    assert draft.send_at == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    assert draft.validity == timedelta(hours=1)
