"""GSM 7-bit and the other ways in which a body can be coded."""

import pytest
from aiosmpplib.codec import GSM7BitCodec
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.alphabet import (
    Alphabet,
    UnencodableText,
    count_septets,
    decode_gsm7,
    encode_gsm7,
    is_basic_ascii,
    is_gsm7,
)
from smsc.sms.decoding import decode_text

BASIC = "".join(decode_gsm7(bytes((septet,))) for septet in range(0x80) if septet != 0x1B)
EXTENSION = "\f^{}\\[~]|€"
gsm7_texts = st.text(alphabet=BASIC + EXTENSION)


@given(gsm7_texts)
@settings(max_examples=200)
def test_what_gsm7_can_encode_comes_back(text: str) -> None:
    octets = encode_gsm7(text)
    assert decode_gsm7(octets) == text
    assert len(octets) == count_septets(text)
    assert is_gsm7(text)


@given(st.text(max_size=50))
@settings(max_examples=200)
def test_text_is_gsm7_exactly_when_both_tables_have_all_of_it(text: str) -> None:
    assert is_gsm7(text) == (set(text) <= set(BASIC + EXTENSION))


@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
@settings(max_examples=200)
def test_the_ascii_shortcut_encodes_as_the_whole_table_does(text: str) -> None:
    assert is_basic_ascii(text) == (set(text) <= set(BASIC))
    if is_basic_ascii(text):
        assert encode_gsm7("é" + text)[1:] == encode_gsm7(text)


def test_the_basic_table_has_127_different_characters() -> None:
    assert len(set(BASIC)) == 127


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("@", b"\x00"),
        ("$_", b"\x02\x11"),
        ("ÄÖÑÜ§", b"\x5b\x5c\x5d\x5e\x5f"),
        ("äöñüà", b"\x7b\x7c\x7d\x7e\x7f"),
        ("ΔΦΓΛΩΠΨΣΘΞ", b"\x10\x12\x13\x14\x15\x16\x17\x18\x19\x1a"),
        ("Çé", b"\x09\x05"),
        ("€", b"\x1b\x65"),
        ("[]{}", b"\x1b\x3c\x1b\x3e\x1b\x28\x1b\x29"),
        ("\\^~|\f", b"\x1b\x2f\x1b\x14\x1b\x3d\x1b\x40\x1b\x0a"),
        ("a\r\nb", b"a\r\nb"),
        ("", b""),
    ],
)
def test_known_septets(text: str, octets: bytes) -> None:
    assert encode_gsm7(text) == octets
    assert decode_gsm7(octets) == text


@pytest.mark.parametrize("character", list("`ç\t\u2019“\x00\x1b\x7fβžж😀"))
def test_a_character_that_gsm7_lacks_is_named(character: str) -> None:
    with pytest.raises(UnencodableText) as caught:
        encode_gsm7(f"é€{character}b")
    assert caught.value.character == character
    assert f"U+{ord(character):04X}" in str(caught.value)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"a\x1b", "a "),
        (b"a\x1b\x1bb", "a b"),
        (b"\x1ba", "a"),
        (b"\x1b\x0d", "\r"),
        (b"\xe9a", "\ufffda"),
    ],
    ids=["lone ESC", "ESC twice", "ESC before an unknown septet", "ESC CR", "no septet"],
)
def test_odd_septets_are_read_as_the_standard_says(octets: bytes, text: str) -> None:
    assert decode_gsm7(octets) == text


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"\x00\x1b\x65", 0x00, "@€"),
        (b"abc", 0x01, "abc"),
        (b"\xe9\x00", 0x03, "é\x00"),
        (b"\xff\x00", 0x02, "ÿ\x00"),
        (b"\xff\x00", 0x04, "ÿ\x00"),
        (b"\xbf", 0x06, "П"),
        (b"\xe0", 0x07, "א"),
        (b"\x04\x16\xd8\x3d\xde\x00", 0x08, "Ж😀"),
        (b"\x04\x16\x04", 0x08, "Ж\ufffd"),
        (b"\x00", 0x09, "@"),
        (b"\x00", 0x10, "@"),
        (b"\x80", 0x14, "\x80"),
        (b"\x04\x16", 0x18, "Ж"),
        (b"\x04\x16", 0x19, "Ж"),
        (b"\x80", 0x20, "\x80"),
        (b"\x04\x16", 0x48, "Ж"),
        (b"\x00", 0x80, "@"),
        (b"\x00", 0xC8, "@"),
        (b"\x00", 0xD0, "@"),
        (b"\x04\x16", 0xE0, "Ж"),
        (b"\x00", 0xF1, "@"),
        (b"\x80", 0xF5, "\x80"),
    ],
)
def test_data_coding_says_how_to_decode(octets: bytes, data_coding: int, text: str) -> None:
    assert decode_text(octets, data_coding, Alphabet.GSM7) == text


@pytest.mark.parametrize(
    ("default", "octets", "text"),
    [
        (Alphabet.GSM7, b"\x00", "@"),
        (Alphabet.LATIN1, b"@\xe9", "@é"),
        (Alphabet.ASCII, b"@\xe9", "@\ufffd"),
        (Alphabet.UTF8, "Жé".encode(), "Жé"),
        (Alphabet.UTF8, b"a\xff", "a\ufffd"),
    ],
)
def test_data_coding_0_is_what_the_connector_says(
    default: Alphabet, octets: bytes, text: str
) -> None:
    assert decode_text(octets, 0, default) == text


@given(st.binary(), st.integers(0, 255), st.sampled_from(Alphabet))
@settings(max_examples=300)
def test_no_octets_make_decoding_fail(octets: bytes, data_coding: int, default: Alphabet) -> None:
    decode_text(octets, data_coding, default).encode()


def test_both_tables_are_those_of_an_independent_implementation() -> None:
    codec = GSM7BitCodec()
    theirs, _ = codec.encode(BASIC + EXTENSION)
    assert encode_gsm7(BASIC + EXTENSION) == theirs
