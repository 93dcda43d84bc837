"""Received parts and their joining."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.concat import Part, PartKey, join, read_part

ALONE = (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("user_data", "has_udh", "sar", "expected"),
    [
        (b"\x05\x00\x03\x07\x02\x01hi", True, None, (7, 8, 2, 1)),
        (b"\x05\x00\x03\x00\x02\x02hi", True, None, (0, 8, 2, 2)),
        (b"\x06\x08\x04\x01\x07\x03\x02hi", True, None, (0x107, 16, 3, 2)),
        (b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x09\x02\x01hi", True, None, (9, 8, 2, 1)),
        (b"\x0a\x00\x03\x01\x02\x01\x00\x03\x05\x02\x02hi", True, None, (5, 8, 2, 2)),
        (b"hi", False, (300, 3, 2), (300, 16, 3, 2)),
        (b"\x05\x00\x03\x07\x02\x01hi", True, (300, 3, 2), (7, 8, 2, 1)),
        (b"\x04\x24\x01\x01\x00hi", True, (300, 3, 2), (300, 16, 3, 2)),
        (b"hi", False, None, ALONE),
        (b"hi", False, (1, 1, 1), ALONE),
        (b"hi", False, (1, 0, 1), ALONE),
        (b"hi", False, (1, 2, 3), ALONE),
        (b"hi", False, (1, 2, 0), ALONE),
        (b"\x05\x00\x03\x07\x00\x01hi", True, None, ALONE),
        (b"\x05\x00\x03\x07\x02\x03hi", True, None, ALONE),
        (b"\x05\x00\x03\x07\x02\x00hi", True, None, ALONE),
        (b"\x05\x00\x03\x07\x01\x01hi", True, None, ALONE),
        (b"\x04\x00\x02\x07\x02hi", True, None, ALONE),
    ],
    ids=[
        "8-bit",
        "reference 0",
        "16-bit",
        "after another element",
        "the last of two",
        "sar",
        "UDH before sar",
        "sar beside a UDH without place",
        "neither",
        "sar total 1",
        "sar total 0",
        "sar number above total",
        "sar number 0",
        "total 0",
        "number above total",
        "number 0",
        "total 1",
        "element too short",
    ],
)
def test_a_parts_place_is_read(
    *,
    user_data: bytes,
    has_udh: bool,
    sar: tuple[int, int, int] | None,
    expected: tuple[int, int, int, int],
) -> None:
    part = read_part(user_data, has_udh=has_udh, sar=sar)
    assert (part.reference, part.width, part.total, part.number) == expected
    assert part.key == PartKey(*expected[:3])
    if has_udh and user_data[0] + 1 < len(user_data):
        assert part.payload.endswith(b"hi")


def test_a_lying_header_leaves_the_whole_text() -> None:
    assert read_part(b"\x50abc", has_udh=True, sar=None) == Part(*ALONE, payload=b"\x50abc")


def test_references_of_different_width_are_different_messages() -> None:
    narrow = read_part(b"\x05\x00\x03\x07\x02\x01a", has_udh=True, sar=None)
    wide = read_part(b"\x06\x08\x04\x00\x07\x02\x01a", has_udh=True, sar=None)
    assert narrow.key != wide.key


@given(
    user_data=st.binary(),
    has_udh=st.booleans(),
    sar=st.none() | st.tuples(*[st.integers(0, 70000)] * 3),
)
@settings(max_examples=300)
def test_every_part_has_a_place_that_can_be(
    *, user_data: bytes, has_udh: bool, sar: tuple[int, int, int] | None
) -> None:
    part = read_part(user_data, has_udh=has_udh, sar=sar)
    assert 1 <= part.number <= part.total


def test_octets_are_joined_by_number_and_gaps_are_named() -> None:
    assert join({3: b"c", 1: b"a", 2: b"b"}, 3) == (b"abc", [])
    assert join({4: b"d", 1: b"a"}, 4) == (b"ad", [2, 3])
    assert join({1: b"a", 9: b"stray"}, 1) == (b"a", [])


def test_a_character_cut_between_two_parts_is_whole_after_joining() -> None:
    octets = "😀".encode("utf-16-be")
    assert join({2: octets[1:], 1: octets[:1]}, 2)[0].decode("utf-16-be") == "😀"
