"""Each value of each axis on which the receipts of remotes differ, by its name."""

from datetime import UTC, datetime

import pytest

from smsc.sms.correlation import Spelling, rare_keys, spelling, stored_key
from smsc.sms.receipt import is_receipt, parse
from smsc.sms.status import MessageState, outcome

S = MessageState


def written(
    *,
    id: str = "id:1234567890",  # noqa: A002 the field's name
    counts: str = "sub:001 dlvrd:001",
    dates: str = "submit date:2401150830 done date:2401150831",
    stat: str = "stat:UNDELIV",
    err: str = "err:001",
    text: bytes = b"text:Hello",
) -> bytes:
    """Write the usual receipt with one field written otherwise; "" leaves it out."""
    fields = " ".join(field for field in (id, counts, dates, stat, err) if field)
    return fields.encode("latin-1") + (b" " + text if text else b"")


@pytest.mark.parametrize(
    ("response", "receipt", "spelled"),
    [
        pytest.param("1234567890", "1234567890", Spelling.SAME, id="decimal"),
        pytest.param("499602d2", "1234567890", Spelling.HEXADECIMAL, id="hex, lower case"),
        pytest.param("499602D2", "1234567890", Spelling.HEXADECIMAL, id="hex, upper case"),
        pytest.param("1234567890", "499602D2", Spelling.DECIMAL, id="decimal, then hex"),
        pytest.param("A1B2C3D4", "a1b2c3d4", Spelling.FOLDED, id="8 characters, another case"),
        pytest.param("0123456789", "0123456789", Spelling.SAME, id="10 characters"),
        pytest.param("00000000499602D2", "1234567890", Spelling.HEXADECIMAL, id="16 characters"),
        pytest.param("123456789012345678", "1b69b4ba630f34e", Spelling.DECIMAL, id="18 characters"),
        pytest.param(
            "7220450123456789012345", "7220450123456789012345", Spelling.SAME, id="22 characters"
        ),
        pytest.param("0" * 22 + "499602d2ab", "316049380011", Spelling.HEXADECIMAL, id="32 of hex"),
        pytest.param(
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
            Spelling.FOLDED,
            id="36 characters, a UUID",
        ),
        pytest.param("ab" * 32, "AB" * 32, Spelling.FOLDED, id="64 characters"),
        pytest.param(
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "6ba7b8109dad11d180b400c04fd430c8",
            Spelling.FOLDED,
            id="a UUID that lost its dashes",
        ),
        pytest.param(
            "0BA7B8109DAD11D180B400C04FD430C8",
            "0ba7b810-9dad-11d1-80b4-00c04fd430c8",
            Spelling.FOLDED,
            id="a UUID that got dashes",
        ),
        pytest.param("SAR-8f3-2-1", "SAR-8f3-2-1", Spelling.SAME, id="dashes and letters"),
        pytest.param("123456", "0000123456", Spelling.FOLDED, id="zero-padded to 10"),
        pytest.param("123456", "0000000000123456", Spelling.FOLDED, id="zero-padded to 16"),
        pytest.param("0000123456", "123456", Spelling.FOLDED, id="zeros lost"),
        pytest.param("75BCD15", "075BCD15", Spelling.FOLDED, id="byte-padded hex"),
        pytest.param(
            "FFFFFFFFFFFFFFFE", "18446744073709551614", Spelling.HEXADECIMAL, id="above 2^63"
        ),
        pytest.param("AB-12", "41422D3132", Spelling.ASCII, id="hex string of ASCII"),
        pytest.param("41422d3132", "AB-12", Spelling.ASCII, id="ASCII of a hex string"),
        pytest.param("987654", "393837363534", Spelling.ASCII, id="hex string of digits"),
        pytest.param("AB-12", "41422d313200", Spelling.ASCII, id="hex string with its NUL"),
        pytest.param("7", "7", Spelling.SAME, id="local counter"),
    ],
)
def test_an_id_finds_its_segment_and_its_spelling_is_known(
    response: str, receipt: str, spelled: Spelling
) -> None:
    read = parse(written(id=f"id:{receipt}"))
    assert (read.message_id, read.state, read.error_code) == (receipt, S.UNDELIVERABLE, "001")
    assert stored_key(response) in {*read.candidate_keys(), *rare_keys(receipt)}
    assert spelling(response, receipt) is spelled


@pytest.mark.parametrize("field", ["id:", "", "id: "], ids=["empty", "missing", "blank"])
def test_without_an_id_the_rest_is_read_and_nothing_is_looked_up(field: str) -> None:
    read = parse(written(id=field))
    assert (read.message_id, read.state, read.error_code) == (None, S.UNDELIVERABLE, "001")
    assert read.candidate_keys() == ()


@pytest.mark.parametrize(
    ("response", "receipt"),
    [("1-11", "11-1"), ("1-11", "111"), ("AB", "4142AB"), ("12", "3131"), ("A", "42")],
)
def test_another_id_is_another_id_in_the_rare_spellings_too(response: str, receipt: str) -> None:
    read = parse(written(id=f"id:{receipt}"))
    assert stored_key(response) not in {*read.candidate_keys(), *rare_keys(receipt)}


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param("sub:000 dlvrd:000", id="000"),
        pytest.param("sub:001 dlvrd:001", id="001"),
        pytest.param("sub:1 dlvrd:1", id="1"),
        pytest.param("sub:0 dlvrd:0", id="0"),
        pytest.param("sub:0 dlvrd:13", id="13"),
        pytest.param("sub:null dlvrd:null", id="null"),
        pytest.param("sub:... dlvrd:...", id="three dots"),
        pytest.param("", id="missing"),
        pytest.param("sub:001 Dlvrd:001", id="a capital Dlvrd"),
        pytest.param("sub: dlvrd:", id="empty"),
        pytest.param("sub:abc dlvrd:-1", id="no numbers"),
    ],
)
def test_whatever_the_counts_are_the_rest_is_read(counts: str) -> None:
    read = parse(written(counts=counts))
    assert (read.message_id, read.state, read.error_code, read.text) == (
        "1234567890",
        S.UNDELIVERABLE,
        "001",
        "Hello",
    )
    assert read.done_at == datetime(2024, 1, 15, 8, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "done_at"),
    [
        pytest.param("submit date:2401150830 done date:2401150831", "08:31:00", id="10 digits"),
        pytest.param(
            "submit date:240115083000 done date:240115083105", "08:31:05", id="12, yyMMddHHmmss"
        ),
        pytest.param(
            "submit date:202401150830 done date:202401150831", "08:31:00", id="12, yyyyMMddHHmm"
        ),
        pytest.param(
            "submit date:20240115083000 done date:20240115083105", "08:31:05", id="14 digits"
        ),
        pytest.param("submit date:0000000000 done date:0000000000", None, id="zeros"),
        pytest.param("submit date:700101 done date:700101", None, id="700101"),
        pytest.param("submit date:7001010000 done date:7001010000", None, id="the epoch"),
        pytest.param("submit_date:2401150830 done_date:2401150831", "08:31:00", id="underscores"),
        pytest.param("submit:2401150830 done:2401150831", "08:31:00", id="without the word date"),
        pytest.param(
            "submitdate:2401150830 donedate:2401150831", "08:31:00", id="without a space between"
        ),
        pytest.param(
            "Submit Date:2401150830 Done Date:2401150831", "08:31:00", id="capital letters"
        ),
        pytest.param("submit date: done date:", None, id="empty"),
        pytest.param("", None, id="missing"),
    ],
)
def test_dates_are_read_in_every_form_and_never_in_the_way(dates: str, done_at: str | None) -> None:
    read = parse(written(dates=dates))
    assert (read.message_id, read.state, read.error_code) == (
        "1234567890",
        S.UNDELIVERABLE,
        "001",
    )
    wanted = None if done_at is None else datetime.fromisoformat(f"2024-01-15T{done_at}+00:00")
    assert read.done_at == wanted


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", S.DELIVERED),
        ("EXPIRED", S.EXPIRED),
        ("DELETED", S.DELETED),
        ("UNDELIV", S.UNDELIVERABLE),
        ("ACCEPTD", S.ACCEPTED),
        ("UNKNOWN", S.UNKNOWN),
        ("REJECTD", S.REJECTED),
        ("ENROUTE", S.ENROUTE),
        ("FAILED", S.UNDELIVERABLE),
        ("DELIVERD", S.DELIVERED),
        ("DELIVERED", S.DELIVERED),
        ("UNDELIVERABLE", S.UNDELIVERABLE),
        ("DND_REJECTED", S.REJECTED),
        ("0", S.UNRECOGNISED),
        ("BUFFRED", S.ENROUTE),
        ("ACKED", S.ACCEPTED),
        ("delivrd", S.DELIVERED),
        ("Failed", S.UNDELIVERABLE),
        ("DELIVRD     ", S.DELIVERED),
        ("  DELIVRD", S.DELIVERED),
        ("SOMETHING_ELSE", S.UNRECOGNISED),
    ],
)
def test_a_state_in_each_of_its_words(word: str, state: MessageState) -> None:
    read = parse(written(stat=f"stat:{word}"))
    assert (read.message_id, read.state, read.error_code) == ("1234567890", state, "001")


@pytest.mark.parametrize("word", ["FAILED", "EXPIRED", "UNKNOWN", "SOMETHING_ELSE", "0", ""])
def test_a_marked_receipt_is_one_whatever_its_word(word: str) -> None:
    for esm_class in (0x04, 0x08, 0x20, 0x44):
        assert is_receipt(esm_class, has_receipted_message_id=False, has_message_state=False)
    assert outcome(parse(written(stat=f"stat:{word}")).state, None)[0] != "delivered"


@pytest.mark.parametrize(
    ("field", "error_code"),
    [
        ("err:0", "0"),
        ("err:00", "00"),
        ("err:000", "000"),
        ("err:0000", "0000"),
        ("err:00B", "00B"),
        ("err:21b", "21b"),
        ("err:4A6", "4A6"),
        ("err: 069", "069"),
        ("ERR:069", "069"),
        ("err:", None),
        ("", None),
    ],
)
def test_an_error_in_each_of_its_forms(field: str, error_code: str | None) -> None:
    read = parse(written(err=field, text=b""))
    assert (read.message_id, read.state, read.error_code) == (
        "1234567890",
        S.UNDELIVERABLE,
        error_code,
    )


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        pytest.param(b"text:Hello", "Hello", id="text"),
        pytest.param(b"Text:Hello", "Hello", id="Text"),
        pytest.param(b"TEXT: Hello", "Hello", id="TEXT, a space after the colon"),
        pytest.param(b"Hello you", "", id="no label"),
        pytest.param(b"", "", id="missing"),
        pytest.param(b"text:none", "none", id="none"),
        pytest.param(b"text:-", "-", id="a dash"),
        pytest.param(b"text:@@@", "@@@", id="@@@"),
        pytest.param(b"text:\0\0\0", "", id="NUL"),
        pytest.param(b"text:\x04\x16\x04\x38\x04", "\x04\x16\x04\x38\x04", id="cut UCS-2"),
        pytest.param(b"text:\xff\xfe\x80", "\xff\xfe\x80", id="high bytes"),
        pytest.param(b"text:id:9 stat:DELIVRD err:000", None, id="forged fields"),
        pytest.param(b"id:9 stat:DELIVRD err:000", None, id="forged fields without a label"),
    ],
)
def test_no_text_changes_what_the_remote_said(text: bytes, read_as: str | None) -> None:
    read = parse(written(text=text))
    assert (read.message_id, read.state, read.error_code) == (
        "1234567890",
        S.UNDELIVERABLE,
        "001",
    )
    assert read_as is None or read.text == read_as


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(written(), True, id="the usual one"),
        pytest.param(b"\0" + written(), True, id="a NUL before it"),
        pytest.param(b"id:1 stat:FAILED", True, id="id and a state that we know"),
        pytest.param(written(stat="stat:SOMETHING"), True, id="an unknown word between both dates"),
        pytest.param(b"id:1 stat:SOMETHING", False, id="an unknown word alone"),
        pytest.param(b"stat:DELIVRD err:000", False, id="no id"),
        pytest.param(b"id:1 err:000", False, id="no state"),
        pytest.param(b"Look: " + written(), False, id="a text that quotes one"),
        pytest.param(b"text:" + written(), False, id="a text that begins with a label"),
        pytest.param(b"My id: see stat:DELIVRD", False, id="words of a text"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_what_is_an_unmarked_receipt(body: bytes, *, expected: bool) -> None:
    assert expected == is_receipt(
        0, has_receipted_message_id=False, has_message_state=False, unmarked_body=body
    )


# -- what other readers of receipts are known to lose


def test_a_state_as_the_last_word_is_read_without_a_tlv() -> None:
    assert parse(b"id:1 err:000 stat:DELIVRD").state is S.DELIVERED


def test_ids_above_2_63_stay_apart() -> None:
    first, second = "18446744073709551615", "18446744073709551614"
    assert stored_key(first) not in parse(written(id=f"id:{second}")).candidate_keys()


def test_an_error_of_four_digits_is_not_cut() -> None:
    assert parse(written(err="err:1234")).error_code == "1234"


def test_an_id_with_other_signs_is_not_cut() -> None:
    assert parse(written(id="id:a.b+c/d=e_f~1")).message_id == "a.b+c/d=e_f~1"


def test_a_state_that_a_tlv_contradicts_is_the_tlvs_and_both_are_kept() -> None:
    read = parse(written(stat="stat:DELIVRD"), message_state=S.UNDELIVERABLE)
    assert read.state is S.UNDELIVERABLE
    assert read.raw_state == "DELIVRD message_state:5"


def test_a_marked_receipt_that_says_nothing_is_a_receipt_of_nothing() -> None:
    read = parse(b"Your message was handled.")
    assert (read.message_id, read.state) == (None, S.UNRECOGNISED)
    assert outcome(read.state, None) == (None, None)
