"""Cutting a body, and counting without cutting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.alphabet import Alphabet
from smsc.sms.concat import join, read_part
from smsc.sms.decoding import decode_text
from smsc.sms.packing import unpack
from smsc.sms.segments import DataCoding, Plan, plan, split
from smsc.sms.text_style import Concatenation, TextStyle

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
    assert not first.is_payload
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


styles = st.builds(
    TextStyle,
    alphabet=st.sampled_from(Alphabet),
    packed=st.booleans(),
    latin1=st.booleans(),
    concatenation=st.sampled_from(Concatenation),
    flash=st.booleans(),
)


@given(bodies, styles, st.integers(0, 100_000))
@settings(max_examples=300)
def test_in_every_style_the_joined_segments_are_the_body(
    body: str, style: TextStyle, reference: int
) -> None:
    segments = split(body, reference, style)
    payloads = {}
    for segment in segments:
        part = read_part(segment.user_data, has_udh=segment.has_udh, sar=segment.sar)
        payload = part.payload
        if segment.data_coding in {DataCoding.GSM7, DataCoding.GSM7_FLASH} and (
            style.packed and style.alphabet is Alphabet.GSM7
        ):
            payload = unpack(payload, header_octets=part.header_octets)
        payloads[part.number] = payload
    octets, missing = join(payloads, len(segments))
    assert not missing
    assert decode_text(octets, segments[0].data_coding, style.alphabet) == body.replace(
        "\ufeff", "", body.startswith("\ufeff")
    )


@given(bodies, styles)
@settings(max_examples=300)
def test_in_every_style_the_plan_counts_twilios_segments_and_its_own_submits(
    body: str, style: TextStyle
) -> None:
    planned = plan(body, style)
    assert planned.count == plan(body).count
    submits = len(split(body, 1, style))
    assert (planned.submits or planned.count) == submits


@pytest.mark.parametrize("body", ["0123456789" * 160, "ខ្មែរ " * 266 + "ខ្មែ"], ids=["GSM", "Khmer"])
@pytest.mark.parametrize("packed", [False, True], ids=["unpacked", "packed"])
@pytest.mark.parametrize("way", Concatenation)
def test_1600_characters_take_no_more_submits_than_twilios_count_but_with_wide_references(
    body: str, way: Concatenation, *, packed: bool
) -> None:
    planned = plan(body, TextStyle(packed=packed, concatenation=way))
    assert planned.count == {0: 11, 8: 24}[planned.data_coding]
    if way is Concatenation.PAYLOAD:
        assert planned.submits == 1
    elif way is Concatenation.UDH16:
        assert (planned.submits or planned.count) <= planned.count + 1
    else:
        assert planned.submits is None


def test_sar_segments_say_their_place_beside_the_text() -> None:
    first, second = split("a" * 161, 0x1FFFE, TextStyle(concatenation=Concatenation.SAR))
    assert (first.sar, second.sar) == ((0xFFFE, 2, 1), (0xFFFE, 2, 2))
    assert (first.user_data, first.has_udh) == (b"a" * 153, False)


def test_a_wide_reference_takes_an_octet_more_of_each_segment() -> None:
    first, second = split("a" * 161, 0x1FFFE, TextStyle(concatenation=Concatenation.UDH16))
    assert first.user_data == b"\x06\x08\x04\xff\xfe\x02\x01" + b"a" * 152
    assert second.user_data == b"\x06\x08\x04\xff\xfe\x02\x02" + b"a" * 9


def test_a_payload_is_for_what_one_sms_does_not_hold() -> None:
    style = TextStyle(concatenation=Concatenation.PAYLOAD)
    (short,), (long,) = split("a" * 160, 1, style), split("a" * 161, 1, style)
    assert (short.is_payload, long.is_payload) == (False, True)
    assert (long.user_data, long.has_udh) == (b"a" * 161, False)


def test_what_utf8_makes_too_long_for_a_short_message_is_a_payload() -> None:
    (whole,) = split("é" * 160, 1, TextStyle(alphabet=Alphabet.UTF8))
    assert (whole.is_payload, len(whole.user_data)) == (True, 320)


@pytest.mark.parametrize(
    ("body", "style", "data_coding", "octets"),
    [
        ("é@", TextStyle(alphabet=Alphabet.LATIN1), 0, b"\xe9@"),
        ("Δ", TextStyle(alphabet=Alphabet.LATIN1), 8, b"\x03\x94"),
        ("a@", TextStyle(alphabet=Alphabet.ASCII), 0, b"a@"),
        ("é", TextStyle(alphabet=Alphabet.ASCII), 8, b"\0\xe9"),
        ("é", TextStyle(alphabet=Alphabet.UTF8), 0, b"\xc3\xa9"),
        ("é", TextStyle(latin1=True), 3, b"\xe9"),
        ("€", TextStyle(latin1=True), 0, b"\x1be"),
        ("ê", TextStyle(latin1=True), 8, b"\0\xea"),
        ("Hi", TextStyle(flash=True), 0x10, b"Hi"),
        ("ж", TextStyle(flash=True), 0x18, b"\x04\x36"),
        ("é", TextStyle(latin1=True, flash=True), 0x10, b"\x05"),
        ("hellohello", TextStyle(packed=True), 0, bytes.fromhex("E8329BFD4697D9EC37")),
    ],
    ids=[
        "Latin-1 as default",
        "what Latin-1 lacks",
        "ASCII as default",
        "what ASCII lacks",
        "UTF-8 as default",
        "data_coding 3",
        "data_coding 3 has no euro, GSM 7-bit does",
        "data_coding 3 is not for what GSM 7-bit lacks",
        "flash",
        "flash in UCS-2",
        "flash has no Latin-1",
        "packed",
    ],
)
def test_a_text_is_encoded_as_the_connector_wants_it(
    body: str, style: TextStyle, data_coding: int, octets: bytes
) -> None:
    (segment,) = split(body, 0, style)
    assert (segment.data_coding, segment.user_data) == (data_coding, octets)
