"""Eight septets in seven octets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.packing import fill_bits, pack, unpack

septets = st.binary(max_size=160).map(lambda octets: bytes(octet & 0x7F for octet in octets))


@pytest.mark.parametrize(
    ("text", "header_octets", "packed"),
    [
        (b"hellohello", 0, "E8329BFD4697D9EC37"),
        (b"", 0, ""),
        (b"A", 0, "41"),
        (b"A", 6, "82"),
        (b"A", 7, "41"),
        (b"\x00", 0, "00"),
        (b"1234567", 0, "31D98C56B3DD1A"),
        (b"1234567\r", 0, "31D98C56B3DD1A0D"),
    ],
    ids=[
        "the usual example",
        "nothing",
        "one",
        "behind a header of 6 with one fill bit",
        "behind one of 7 with none",
        "@ alone",
        "seven, filled with CR",
        "eight that end with CR get another",
    ],
)
def test_septets_are_packed(text: bytes, header_octets: int, packed: str) -> None:
    assert pack(text, header_octets=header_octets).hex().upper() == packed


@given(septets, st.sampled_from([0, 6, 7, 12]))
@settings(max_examples=300)
def test_what_was_packed_is_unpacked(text: bytes, header_octets: int) -> None:
    text = text[: (140 - header_octets) * 8 // 7 - 1]
    unpacked = unpack(pack(text, header_octets=header_octets), header_octets=header_octets)
    # A CR at an octet's edge comes out twice, as the rule has it: that is one and the same line.
    assert unpacked == text or (text.endswith(b"\r") and unpacked == text + b"\r")


@given(septets, st.sampled_from([(0, 160), (6, 153), (7, 152)]))
def test_a_full_part_is_never_over_140_octets(text: bytes, room: tuple[int, int]) -> None:
    header_octets, most = room
    full = (text + b"x" * 160)[: most - 1] + b"\r"
    assert header_octets + len(pack(full, header_octets=header_octets)) == 140


@pytest.mark.parametrize(("header_octets", "bits"), [(0, 0), (6, 1), (7, 0), (12, 2), (3, 4)])
def test_text_starts_on_a_septet_behind_its_header(header_octets: int, bits: int) -> None:
    assert fill_bits(header_octets) == bits


@given(st.binary(max_size=140), st.integers(0, 20))
def test_no_octets_make_unpacking_fail(octets: bytes, header_octets: int) -> None:
    assert all(septet < 0x80 for septet in unpack(octets, header_octets=header_octets))
