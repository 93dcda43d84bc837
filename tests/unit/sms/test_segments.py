"""Cutting a body, and counting without cutting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.decoding import decode_text
from smsc.sms.segments import DataCoding, Plan, plan, split

bodies = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="ab€[]", max_size=800),
    st.text(alphabet="жa😀", max_size=400),
)


@given(bodies, st.integers(0, 1000))
@settings(max_examples=200)
def test_segments_joined_again_are_the_body(body: str, reference: int) -> None:
    segments = split(body, reference)
    parts = [read_part(s.user_data, has_udh=s.has_udh, sar=None) for s in segments]
    assert {part.key for part in parts} == {parts[0].key}
    octets, missing = join({part.number: part.payload for part in parts}, parts[0].total)
    assert not missing
    assert decode_text(octets, segments[0].data_coding, Alphabet.GSM7) == body


@given(bodies)
@settings(max_examples=200)
def test_each_segment_can_be_read_alone_and_fits_140_octets(body: str) -> None:
    segments = split(body, 1)
    texts = []
    for segment in segments:
        payload = read_part(segment.user_data, has_udh=segment.has_udh, sar=None).payload
        header = len(segment.user_data) - len(payload)
        bits = 7 if segment.data_coding is DataCoding.GSM7 else 8
        header_bits = -(-header * 8 // bits) * bits  # text starts on a septet boundary
        assert header_bits + len(payload) * bits <= 140 * 8
        texts.append(decode_text(payload, segment.data_coding, Alphabet.GSM7))
    assert "".join(texts) == body


@given(bodies)
@settings(max_examples=200)
def test_the_plan_counts_what_is_cut(body: str) -> None:
    segments = split(body, 1)
    assert plan(body) == Plan(segments[0].data_coding, len(segments))
    assert [s.number for s in segments] == list(range(1, len(segments) + 1))
    assert {s.count for s in segments} == {len(segments)}
    assert {s.has_udh for s in segments} == {len(segments) > 1}


@pytest.mark.parametrize(
    ("body", "data_coding", "count"),
    [
        ("", DataCoding.GSM7, 1),
        ("a" * 160, DataCoding.GSM7, 1),
        ("a" * 161, DataCoding.GSM7, 2),
        ("a" * 306, DataCoding.GSM7, 2),
        ("a" * 307, DataCoding.GSM7, 3),
        ("é" * 160, DataCoding.GSM7, 1),
        ("é" * 161, DataCoding.GSM7, 2),
        ("€" * 80, DataCoding.GSM7, 1),
        ("€" * 81, DataCoding.GSM7, 2),
        ("€" * 152, DataCoding.GSM7, 2),
        ("€" * 153, DataCoding.GSM7, 3),
        ("a" * 152 + "€" + "a" * 152, DataCoding.GSM7, 3),
        ("a" * 151 + "€" + "a" * 153, DataCoding.GSM7, 2),
        ("a" * 1600, DataCoding.GSM7, 11),
        ("ж" * 70, DataCoding.UCS2, 1),
        ("ж" * 71, DataCoding.UCS2, 2),
        ("ж" * 134, DataCoding.UCS2, 2),
        ("ж" * 135, DataCoding.UCS2, 3),
        ("ж" * 1600, DataCoding.UCS2, 24),
        ("😀" * 35, DataCoding.UCS2, 1),
        ("😀" * 36, DataCoding.UCS2, 2),
        ("😀" * 66, DataCoding.UCS2, 2),
        ("😀" * 67, DataCoding.UCS2, 3),
        ("a" * 69 + "😀", DataCoding.UCS2, 2),
        ("a`", DataCoding.UCS2, 1),
        ("tab\t", DataCoding.UCS2, 1),
    ],
)
def test_counts_are_twilios(body: str, data_coding: DataCoding, count: int) -> None:
    assert plan(body) == Plan(data_coding, count)
    assert len(split(body, 0)) == count


def test_several_segments_carry_an_eight_bit_header() -> None:
    first, second = split("a" * 161, reference=0x1FE)
    assert first.user_data == b"\x05\x00\x03\xfe\x02\x01" + b"a" * 153
    assert second.user_data == b"\x05\x00\x03\xfe\x02\x02" + b"a" * 8


def test_ucs2_is_big_endian() -> None:
    assert split("ж", 0)[0].user_data == b"\x04\x36"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("a\ud83d", "a\ufffd"),
        ("\ude00b", "\ufffdb"),
        ("\ud83dx", "\ufffdx"),
        ("\ud83d\ude00", "😀"),
    ],
    ids=["high at the end", "low alone", "high before a letter", "a pair in two halves"],
)
def test_lone_surrogates_do_not_stop_a_message(body: str, text: str) -> None:
    assert split(body, 0)[0].user_data.decode("utf-16-be") == text
    assert plan(body) == Plan(DataCoding.UCS2, 1)


def test_more_than_255_segments_are_refused() -> None:
    assert len(split("a" * 153 * 255, 0)) == 255
    with pytest.raises(ValueError, match="256 segments"):
        split("a" * (153 * 255 + 1), 0)
