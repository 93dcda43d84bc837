"""Segments that ESMEs have cut, passed on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import read_part
from smsc.sms.decoding import decode_text
from smsc.sms.packing import unpack
from smsc.sms.recoding import recode, split_data
from smsc.sms.segments import Sar, split
from smsc.sms.text_style import DEFAULT, Concatenation, TextStyle

HEADER = bytes.fromhex("050003070201")
PORTS = bytes.fromhex("0B05040B8423F0000307 0201")


@given(user_data=st.binary(max_size=140), data_coding=st.integers(0, 255), has_udh=st.booleans())
def test_nothing_changes_for_a_connector_of_the_default_style(
    user_data: bytes, data_coding: int, *, has_udh: bool
) -> None:
    segment = recode(user_data, data_coding, has_udh=has_udh, style=DEFAULT)
    assert (segment.user_data, segment.data_coding) == (user_data, data_coding)
    assert (segment.has_udh, segment.sar) == (has_udh, None)


@pytest.mark.parametrize("data_coding", [0x00, 0x11, 0xF1])
def test_gsm_text_is_packed_behind_its_header(data_coding: int) -> None:
    segment = recode(HEADER + b"Hi", data_coding, has_udh=True, style=TextStyle(packed=True))
    assert segment.user_data == HEADER + bytes.fromhex("9069")
    assert unpack(segment.user_data[6:], header_octets=6) == b"Hi"
    assert segment.data_coding == data_coding


def test_what_is_no_septet_is_marked_before_it_is_packed() -> None:
    segment = recode(HEADER + b"H\x80", 0, has_udh=True, style=TextStyle(packed=True))
    assert unpack(segment.user_data[6:], header_octets=6) == b"H?"


def test_gsm_text_goes_into_the_connectors_alphabet_and_what_that_lacks_is_marked() -> None:
    style = TextStyle(alphabet=Alphabet.LATIN1)
    segment = recode(HEADER + b"\x05\x10\x00", 0, has_udh=True, style=style)
    assert segment.user_data == HEADER + b"\xe9?@"


@pytest.mark.parametrize("data_coding", [4, 8, 0xF5, 3])
def test_what_is_not_in_the_default_alphabet_is_left(data_coding: int) -> None:
    segment = recode(HEADER + b"\0\1", data_coding, has_udh=True, style=TextStyle(packed=True))
    assert segment.user_data == HEADER + b"\0\1"


def test_a_header_that_only_numbers_becomes_sar() -> None:
    style = TextStyle(concatenation=Concatenation.SAR)
    segment = recode(HEADER + b"Hi", 0, has_udh=True, style=style)
    assert (segment.user_data, segment.has_udh, segment.sar) == (b"Hi", False, Sar(7, 2, 1))


def test_a_header_with_ports_stays_a_header() -> None:
    style = TextStyle(concatenation=Concatenation.SAR)
    segment = recode(PORTS + b"\1\2", 4, has_udh=True, style=style)
    assert (segment.user_data, segment.has_udh, segment.sar) == (PORTS + b"\1\2", True, None)


@pytest.mark.parametrize(
    ("octets", "data_coding", "has_udh", "is_payload"),
    [
        (b"x" * 140, 4, False, False),
        (b"x" * 141, 4, False, True),
        (b"x" * 160, 0, False, False),
        (b"x" * 161, 0, False, True),
        (HEADER + b"x" * 153, 0, True, False),
        (HEADER + b"x" * 154, 0, True, True),
        (HEADER + b"x" * 134, 8, True, False),
        (HEADER + b"x" * 136, 8, True, True),
    ],
)
def test_what_one_sms_does_not_hold_goes_as_a_payload(
    octets: bytes, data_coding: int, *, has_udh: bool, is_payload: bool
) -> None:
    segment = recode(octets, data_coding, has_udh=has_udh, style=DEFAULT)
    assert segment.is_payload is is_payload


@pytest.mark.parametrize("octets", [b"x" * 153, b"x" * 160])
def test_a_segment_that_sar_numbered_fits_without_its_header(octets: bytes) -> None:
    style = TextStyle(concatenation=Concatenation.SAR)
    segment = recode(HEADER + octets, 0, has_udh=True, style=style)
    assert (segment.user_data, segment.is_payload) == (octets, False)


@given(data=st.binary(max_size=1600), has_ports=st.booleans())
def test_data_is_cut_into_parts_that_repeat_its_ports(data: bytes, *, has_ports: bool) -> None:
    ports = bytes.fromhex("05040B8423F0")
    whole = bytes([len(ports)]) + ports + data if has_ports else data
    segments = split_data(whole, has_udh=has_ports, data_coding=4, reference=7)
    parts = [read_part(one.user_data, has_udh=one.has_udh, sar=None) for one in segments]
    assert all(len(one.user_data) <= 140 for one in segments)
    assert b"".join(part.payload for part in parts) == data
    assert {part.udh for part in parts} == {ports if has_ports else b""}
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))


def test_data_for_more_than_255_segments_is_refused() -> None:
    with pytest.raises(ValueError, match="256 segments"):
        split_data(bytes(134 * 255 + 1), has_udh=False, data_coding=4, reference=7)


@given(st.text(alphabet="Hello @€é{}", min_size=161, max_size=500))
def test_segments_cut_by_us_read_the_same_when_packed_by_us(body: str) -> None:
    for cut in split(body, 1):
        passed = recode(cut.user_data, 0, has_udh=True, style=TextStyle(packed=True))
        part = read_part(passed.user_data, has_udh=True, sar=None)
        text = decode_text(unpack(part.payload, header_octets=6), 0, Alphabet.GSM7)
        assert text == decode_text(cut.user_data[6:], 0, Alphabet.GSM7)
        assert len(passed.user_data) <= 140
