"""Receipts of every dialect that we have seen or read of, and of none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.correlation import stored_key
from smsc.sms.receipt import (
    _read_fields,
    _walk_fields,
    format_receipt,
    is_receipt,
    parse,
    parse_date,
)
from smsc.sms.status import MessageState, outcome

USUAL = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:2401150830 done date:2401150831"
    b" stat:DELIVRD err:000 text:Hello"
)
S = MessageState


def test_the_usual_receipt_is_read_whole() -> None:
    receipt = parse(USUAL)
    assert receipt.message_id == receipt.text_message_id == "0123456789"
    assert receipt.state is S.DELIVERED
    assert receipt.raw_state == "DELIVRD"
    assert receipt.error_code == "000"
    assert receipt.submit_date == "2401150830"
    assert receipt.done_date == "2401150831"
    assert receipt.done_at == datetime(2024, 1, 15, 8, 31, tzinfo=UTC)
    assert receipt.text == "Hello"


@pytest.mark.parametrize(
    ("body", "message_id", "state", "error_code"),
    [
        pytest.param(
            b"id:17 sub:0 dlvrd:1 submit date:2401150830 done date:2401150831 stat:DELIVRD err:0"
            b" Text:Hi",
            "17",
            S.DELIVERED,
            "0",
            id="GoIP: unpadded counts, Text with a capital",
        ),
        pytest.param(
            b"id:17 sub:1 dlvrd:13 submit date:2401150830 done date:2401150831 stat:UNDELIV"
            b" err:500 Text:\x0e\x01",
            "17",
            S.UNDELIVERABLE,
            "500",
            id="GoIP: nonsense count, cut UCS-2",
        ),
        pytest.param(
            b"id:a1b2 submit date:240115083000 done date:240115083105 stat:EXPIRED err:12",
            "a1b2",
            S.EXPIRED,
            "12",
            id="Jasmin: no counts, no text",
        ),
        pytest.param(
            b"id:0123456789abcdef0123456789abcdef submit date:20240115083000"
            b" done date:20240115083105 stat:DELIVERD err:000",
            "0123456789abcdef0123456789abcdef",
            S.DELIVERED,
            "000",
            id="CM.com: DELIVERD, 14-digit dates",
        ),
        pytest.param(
            b"id:1 sub:001 dlvrd:000 submit date:2401150830 done date:2401150831 stat:FAILED"
            b" err:4A6 text:",
            "1",
            S.UNDELIVERABLE,
            "4A6",
            id="Vonage: FAILED, hex error",
        ),
        pytest.param(
            b"id:1 submit_date:2401150830 done_date:2401150831 stat:ACCEPTD err:00B",
            "1",
            S.ACCEPTED,
            "00B",
            id="underscored labels",
        ),
        pytest.param(
            b"STAT:delivrd ERR:000 ID:AbC DONE DATE:2401150831",
            "AbC",
            S.DELIVERED,
            "000",
            id="another order and case, stat in lower case",
        ),
        pytest.param(b"id:1 err:001 stat:UNDELIV", "1", S.UNDELIVERABLE, "001", id="stat last"),
        pytest.param(
            b"id:SAR-8f3-2-1 stat:DND_REJECTED err: 069",
            "SAR-8f3-2-1",
            S.REJECTED,
            "069",
            id="DND_REJECTED, space after the colon",
        ),
        pytest.param(
            b"id: sub:null dlvrd:... stat:BUFFRED err:", None, S.ENROUTE, None, id="empty values"
        ),
        pytest.param(b"stat:ACKED", None, S.ACCEPTED, None, id="a state alone"),
        pytest.param(b"id:1 stat:UNDELIVERABLE", "1", S.UNDELIVERABLE, None, id="UNDELIVERABLE"),
        pytest.param(b"id:1 stat:DELIVERED", "1", S.DELIVERED, None, id="DELIVERED"),
        pytest.param(b"id:1 stat:ENROUTE", "1", S.ENROUTE, None, id="Infobip: ENROUTE, no text"),
        pytest.param(b"id:1 stat:UNKNOWN", "1", S.UNKNOWN, None, id="UNKNOWN is a known word"),
        pytest.param(b"id:1 stat:0", "1", S.UNRECOGNISED, None, id="a number for a state"),
        pytest.param(b"id:1 stat:WHATEVR", "1", S.UNRECOGNISED, None, id="an unknown word"),
        pytest.param(b"id:1 stat:DELIVRD   err:000", "1", S.DELIVERED, "000", id="padded"),
        pytest.param(b"id:1\0stat:REJECTD\0", "1", S.REJECTED, None, id="NULs between"),
        pytest.param(b"id:1\r\nstat:DELETED\n", "1", S.DELETED, None, id="lines"),
        pytest.param(b"\xff\xfeid:1 stat:DELIVRD", "1", S.DELIVERED, None, id="junk in front"),
        pytest.param(b"Hello, I like stats: all.", None, S.UNRECOGNISED, None, id="no receipt"),
        pytest.param(b"", None, S.UNRECOGNISED, None, id="nothing"),
    ],
)
def test_dialects(
    body: bytes, message_id: str | None, state: MessageState, error_code: str | None
) -> None:
    receipt = parse(body)
    assert (receipt.message_id, receipt.state, receipt.error_code) == (
        message_id,
        state,
        error_code,
    )


def test_an_unknown_word_is_kept_and_decides_nothing() -> None:
    receipt = parse(b"id:1 stat:WHATEVR")
    assert receipt.raw_state == "WHATEVR"
    assert outcome(receipt.state, receipt.error_code) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"id:1 stat:UNDELIV err:001 text:id:2 stat:DELIVRD err:000",
        b"id:1 stat:UNDELIV err:001 id:2 stat:DELIVRD err:000",
        b"text:id:2 stat:DELIVRD err:000 id:1 stat:UNDELIV err:001",
        b"id:1 text:stat:DELIVRD err:000 stat:UNDELIV err:001",
    ],
    ids=["text last", "text without a label", "text first", "text before the state"],
)
def test_fields_forged_in_the_text_do_not_count(body: bytes) -> None:
    receipt = parse(body)
    assert (receipt.message_id, receipt.state, receipt.error_code) == (
        "1",
        S.UNDELIVERABLE,
        "001",
    )


def test_tlvs_win_over_the_text_and_the_texts_id_is_kept() -> None:
    receipt = parse(USUAL, receipted_message_id=b"75bcd15\0", message_state=5)
    assert receipt.message_id == "75bcd15"
    assert receipt.text_message_id == "0123456789"
    assert receipt.state is S.UNDELIVERABLE
    assert receipt.raw_state == "DELIVRD message_state:5"


def test_tlvs_alone_are_a_receipt() -> None:
    receipt = parse(b"", receipted_message_id=b"A1\0", message_state=2)
    assert (receipt.message_id, receipt.state, receipt.raw_state) == ("A1", S.DELIVERED, "2")


def test_a_blank_id_tlv_leaves_the_texts_id() -> None:
    assert parse(USUAL, receipted_message_id=b"\0").message_id == "0123456789"


def test_a_state_tlv_of_a_vendor_leaves_the_texts_state() -> None:
    assert parse(USUAL, message_state=200).state is S.DELIVERED
    assert parse(b"", message_state=200).state is S.UNRECOGNISED
    assert parse(b"", message_state=-1).state is S.UNRECOGNISED


@pytest.mark.parametrize(
    ("octets", "error_code"),
    [(b"\x03\x00\xc9", "201"), (b"027", "027"), (b"\x03", "03"), (b"", None)],
    ids=["network type and code", "three ASCII digits", "cut", "empty"],
)
def test_network_error_code_stands_in_for_err(octets: bytes, error_code: str | None) -> None:
    assert parse(b"stat:UNDELIV", network_error_code=octets).error_code == error_code
    assert parse(b"stat:UNDELIV err:1", network_error_code=octets).error_code == "1"


def test_keys_of_both_ids_are_looked_for() -> None:
    receipt = parse(b"id:0000123 stat:DELIVRD", receipted_message_id=b"AB-1")
    assert receipt.candidate_keys() == ("ab-1", "123", "7b", "291")
    assert parse(b"stat:DELIVRD").candidate_keys() == ()


@pytest.mark.parametrize(
    ("esm_class", "has_message_id", "has_state", "body", "expected"),
    [
        (0x04, False, False, None, True),
        (0x44, False, False, None, True),
        (0x08, False, False, None, True),
        (0x20, False, False, None, True),
        (0x10, False, False, None, False),
        (0x40, False, False, None, False),
        (0x00, False, False, None, False),
        (0x00, True, False, None, True),
        (0x00, False, True, None, True),
        (0x00, False, False, USUAL, True),
        (0x00, False, False, b"id:1 stat:WHATEVR", False),
        (0x00, False, False, b"stat:DELIVRD", False),
        (0x00, False, False, b"Meet me: text:me", False),
    ],
    ids=[
        "receipt",
        "receipt with UDH",
        "delivery acknowledgement",
        "intermediate",
        "manual acknowledgement",
        "message with UDH",
        "message",
        "id TLV",
        "state TLV",
        "unmarked, whole",
        "unmarked, unknown state",
        "unmarked, no id",
        "a message where unmarked ones come",
    ],
)
def test_what_is_a_receipt(
    *, esm_class: int, has_message_id: bool, has_state: bool, body: bytes | None, expected: bool
) -> None:
    assert expected == is_receipt(
        esm_class,
        has_receipted_message_id=has_message_id,
        has_message_state=has_state,
        unmarked_body=body,
    )


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        ("2401150830", "2024-01-15T08:30:00+00:00"),
        ("240115083059", "2024-01-15T08:30:59+00:00"),
        ("202401150830", "2024-01-15T08:30:00+00:00"),
        ("201112083059", "2020-11-12T08:30:59+00:00"),
        ("20240115083059", "2024-01-15T08:30:59+00:00"),
    ],
)
def test_dates_of_10_12_and_14_digits(digits: str, moment: str) -> None:
    assert parse_date(digits) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "digits",
    [
        "0000000000",
        "00000000000000",
        "700101",
        "7001010000",
        "19700101000000",
        "2413150830",
        "2402300830",
        "24011508",
        "2401150830+07",
        "²401150830",
        "",
    ],
)
def test_what_is_no_date_is_none(digits: str) -> None:
    assert parse_date(digits) is None


def test_a_receipt_is_written_in_the_usual_form() -> None:
    body = format_receipt(
        "SM1",
        S.DELIVERED,
        submit_at=datetime(2024, 1, 15, 8, 30, 59, tzinfo=UTC),
        done_at=datetime(2024, 1, 15, 8, 31, tzinfo=UTC),
        text="Twenty characters, no more: ж",
    )
    assert body == (
        b"id:SM1 sub:001 dlvrd:001 submit date:2401150830 done date:2401150831"
        b" stat:DELIVRD err:000 text:Twenty characters, n"
    )


@given(
    state=st.sampled_from([state for state in MessageState if state >= 0]),
    message_id=st.text(alphabet="0123456789abcdef-", min_size=1, max_size=36),
    error_code=st.none() | st.sampled_from(["1", "027", "0000", "00B"]),
    text=st.text(max_size=30),
    done_at=st.datetimes(datetime(2000, 1, 1), datetime(2069, 1, 1)),  # noqa: DTZ001 made aware below
)
@settings(max_examples=200)
def test_a_receipt_that_we_write_is_read_back(
    state: MessageState, message_id: str, error_code: str | None, text: str, done_at: datetime
) -> None:
    done_at = done_at.replace(second=0, microsecond=0, tzinfo=UTC)
    body = format_receipt(
        message_id, state, submit_at=done_at, done_at=done_at, error_code=error_code, text=text
    )
    receipt = parse(body)
    assert receipt.message_id == message_id
    assert stored_key(message_id) in receipt.candidate_keys()
    assert receipt.state is state
    assert receipt.error_code == (error_code or "000").rjust(3, "0")
    assert receipt.done_at == done_at


pieces = st.sampled_from(
    b"id:|stat:|err:|text:|Text:|sub:|dlvrd:|done date:|submit_date:| |\0|\n|:|DELIVRD|UNDELIV"
    b"|2401150831|\xa0".split(b"|")
)


@given(st.lists(pieces | st.binary(max_size=4), max_size=30).map(b"".join))
@settings(max_examples=300)
def test_no_octets_make_parsing_fail(body: bytes) -> None:
    receipt = parse(
        body, receipted_message_id=body, message_state=len(body), network_error_code=body
    )
    receipt.candidate_keys()
    outcome(receipt.state, receipt.error_code)
    is_receipt(0, has_receipted_message_id=False, has_message_state=False, unmarked_body=body)


values = st.text(alphabet="AZaz09-.,;+\xa0\xe9", min_size=1, max_size=12)


@given(values, values, st.sampled_from(["DELIVRD", "x", "id"]), st.text(max_size=20))
@settings(max_examples=300)
def test_the_shortcut_for_usual_receipts_reads_what_the_walk_reads(
    message_id: str, date: str, stat: str, text: str
) -> None:
    body = (
        f"id:{message_id} sub:1 dlvrd:1 submit date:{date} done date:{date}"
        f" stat:{stat} err:0 text:{text}"
    )
    octets = body.encode("latin-1", "replace")
    walked = _walk_fields(octets.replace(b"\0", b" ").decode("latin-1"))
    wanted = walked.keys() - {"sub", "dlvrd"}
    read = _read_fields(octets)
    assert {name: read[name] for name in wanted} == {name: walked[name] for name in wanted}
    assert read.keys() <= walked.keys()


@given(
    values,
    values,
    st.sampled_from(["DELIVRD", "undeliv", "x", "id"]),
    st.text(max_size=20),
    st.sampled_from([None, 0, 2, 5, 99]),
    st.sampled_from([None, b"7\0", b"\0"]),
)
@settings(max_examples=300)
def test_a_usual_receipt_says_what_one_says_that_is_walked(
    message_id: str,
    date: str,
    stat: str,
    text: str,
    message_state: int | None,
    receipted_message_id: bytes | None,
) -> None:
    rest = f"submit date:{date} done date:{date} stat:{stat} err:0 text:{text}"
    usual, walked = (
        parse(
            f"id:{message_id}{gap}{rest}".encode("latin-1", "replace"),
            message_state=message_state,
            receipted_message_id=receipted_message_id,
        )
        for gap in (" ", "  ")
    )
    assert usual == walked
