"""One stored key and three candidates find every spelling of an id."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.correlation import candidate_keys, stored_key

hex_ids = st.text(alphabet="0123456789abcdefABCDEF", min_size=1, max_size=20)
decimal_ids = st.text(alphabet="0123456789", min_size=1, max_size=20)
other_ids = st.text(alphabet="0aZz-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("response", "receipt"),
    [
        ("1a2B3c", "1A2b3C"),
        ("0000001234", "1234"),
        ("1234", "0000001234"),
        ("75BCD15", "0123456789"),
        ("0123456789", "75bcd15"),
        ("75bcd15", "075BCD15"),
        ("FFFFFFFFFFFFFFFF", "18446744073709551615"),
        ("18446744073709551617", "010000000000000001"),
        ("9223372036854775809", "8000000000000001"),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"),
        ("SAR-8f3-2-1", "sar-8F3-2-1"),
        ("0", "0000"),
        ("a", "10"),
        ("f" * 64, str(16**64 - 1)),
        (str(16**53), "1" + "0" * 53),
    ],
    ids=[
        "case",
        "zeros lost",
        "zeros gained",
        "hex then decimal",
        "decimal then hex",
        "padded to whole octets",
        "above 2^63, to decimal",
        "above 2^64, to hex",
        "2^63 + 1",
        "UUID",
        "letters and dashes",
        "zero",
        "one digit",
        "64 hex digits",
        "64 decimal digits",
    ],
)
def test_a_receipt_finds_its_segment_in_every_dialect(response: str, receipt: str) -> None:
    assert stored_key(response) in candidate_keys(receipt)


@pytest.mark.parametrize(
    ("response", "receipt"),
    [("1234", "1235"), ("12", "120"), ("abc-1", "abc-2"), ("1g", "16"), ("0", "1")],
)
def test_another_id_is_not_found(response: str, receipt: str) -> None:
    assert stored_key(response) not in candidate_keys(receipt)


def test_the_id_as_it_is_comes_first() -> None:
    assert candidate_keys("0010") == ("10", "a", "16")
    assert candidate_keys("7") == ("7",)
    assert candidate_keys("00AB") == ("ab", "171")


@pytest.mark.parametrize("blank", ["", " ", "\0", "\r\n"])
def test_no_id_has_no_key(blank: str) -> None:
    assert stored_key(blank) == ""
    assert candidate_keys(blank) == ()


def test_an_id_longer_than_any_number_is_only_text() -> None:
    assert candidate_keys("1" * 5000) == ("1" * 5000,)


def spellings(message_id: str) -> set[str]:
    """Return the set of keys that one would otherwise store for a segment."""
    key = stored_key(message_id)
    found = {key}
    if key.isdecimal():
        found.add(format(int(key), "x"))
    if set(key) <= set("0123456789abcdef"):
        found.add(str(int(key, 16)))
    return found


@given(hex_ids | decimal_ids | other_ids, st.data())
@settings(max_examples=300)
def test_one_key_finds_exactly_what_the_whole_set_of_keys_would(
    response: str, data: st.DataObject
) -> None:
    related = [form for key in spellings(response) for form in (key, "00" + key, key.upper())]
    receipt = data.draw(st.sampled_from(related) | hex_ids | decimal_ids)
    assert (stored_key(response) in candidate_keys(receipt)) == (
        stored_key(receipt) in spellings(response)
    )
