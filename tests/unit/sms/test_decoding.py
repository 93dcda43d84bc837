"""Received bodies by data_coding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabet import Alphabet
from smsc.sms.decoding import (
    decode_text,
    is_default_alphabet,
    is_octets,
    is_ucs2,
    looks_little_endian,
    message_class,
)
from smsc.sms.national import Language, Shifts


@pytest.mark.parametrize(
    ("data_codings", "kind"),
    [
        ([0x00, 0x09, 0x0B, 0x0C, 0x0F], "default"),
        ([0x02, 0x04], "octets"),
        ([0x08], "UCS-2"),
        ([0x10, 0x11, 0x12, 0x13, 0x1C, 0x40, 0x50, 0x53], "default"),
        ([0x14, 0x15, 0x17, 0x44, 0x54, 0x20, 0x30, 0x38, 0x60, 0x78], "octets"),
        ([0x18, 0x19, 0x1B, 0x48, 0x58, 0x5B], "UCS-2"),
        ([0x80, 0x90, 0xA0, 0xB8, 0xBF], "default"),
        ([0xC0, 0xC8, 0xCF, 0xD0, 0xDB], "default"),
        ([0xE0, 0xE8, 0xEF], "UCS-2"),
        ([0xF0, 0xF1, 0xF2, 0xF3, 0xF8], "default"),
        ([0xF4, 0xF5, 0xF6, 0xF7, 0xFC], "octets"),
    ],
    ids=[
        "SMPP's own, reserved and 0",
        "SMPP's own for octets",
        "SMPP's own for UCS-2",
        "general and auto-deletion, default alphabet",
        "general and auto-deletion, 8-bit or compressed",
        "general and auto-deletion, UCS-2",
        "reserved",
        "message waiting",
        "message waiting in UCS-2",
        "class, default alphabet",
        "class, 8-bit",
    ],
)
def test_the_bit_groups_say_the_alphabet(data_codings: list[int], kind: str) -> None:
    for data_coding in data_codings:
        kinds = {
            "default": is_default_alphabet(data_coding),
            "octets": is_octets(data_coding),
            "UCS-2": is_ucs2(data_coding),
        }
        assert [name for name, holds in kinds.items() if holds] == [kind], hex(data_coding)


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0x00, b"a\x00\x1be", "a@€"),
        (0x01, b"a@~", "a@~"),
        (0x01, b"\x00\x01\x1b<1\x1b>", "@£[1]"),
        (0x03, b"gr\xfcn", "grün"),
        (0x04, b"\x00\xff", "\x00ÿ"),
        (0x05, b"\x83\x65\x83\x58\x83\x67", "テスト"),
        (0x06, b"\xbf\xe0", "Пр"),
        (0x07, b"\xf9\xec", "של"),
        (0x08, b"\x17\x80", "ក"),
        (0x0E, b"\xb0\xa1", "가"),
        (0x10, b"\x00", "@"),
        (0x18, b"\x04\x36", "ж"),
        (0xF0, b"\x00", "@"),
        (0xF5, b"\x00\x06", "\x00\x06"),
    ],
)
def test_a_body_is_read_by_its_data_coding(data_coding: int, octets: bytes, text: str) -> None:
    assert decode_text(octets, data_coding, Alphabet.GSM7) == text


@pytest.mark.parametrize(
    ("default", "octets", "text"),
    [
        (Alphabet.GSM7, b"\x05", "é"),
        (Alphabet.LATIN1, b"\xe9", "é"),
        (Alphabet.ASCII, b"e\xe9", "e\ufffd"),
        (Alphabet.UTF8, b"\xc3\xa9", "é"),
    ],
)
def test_the_default_alphabet_is_what_the_connector_says(
    default: Alphabet, octets: bytes, text: str
) -> None:
    assert decode_text(octets, 0, default) == text
    assert decode_text(octets, 0x10, default) == text


def test_national_tables_hold_for_the_default_alphabet_only() -> None:
    turkish = Shifts(single=Language.TURKISH)
    assert decode_text(b"\x1bs", 0, Alphabet.GSM7, turkish) == "ş"
    assert decode_text(b"\x1bs", 3, Alphabet.GSM7, turkish) == "\x1bs"


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "OK",
        "hello\r\nworld",
        "សួស្តី អ្នកទាំងអស់គ្នា",
        "ສະບາຍດີ ທຸກຄົນ",
        "Привет, как дела?",
        "مرحبا بالعالم",
        "Hello 😀 there",
    ],
)
def test_ucs2_the_wrong_way_about_is_noticed_and_the_right_way_is_left(text: str) -> None:
    for marked in (text, "\ufeff" + text):
        assert decode_text(marked.encode("utf-16-le"), 8, Alphabet.GSM7) == text
        assert decode_text(marked.encode("utf-16-be"), 8, Alphabet.GSM7) == text


@pytest.mark.parametrize(
    "text", ["一", "☀", "一　一", "中", "中文", "你好世界", "😀", "👍👍👍", "日本語テキスト"]
)
def test_a_doubtful_text_is_big_endian(text: str) -> None:
    assert not looks_little_endian(text.encode("utf-16-be"))


@pytest.mark.parametrize(
    ("data_coding", "class_"),
    [
        *((data_coding, None) for data_coding in (0x00, 0x04, 0x08, 0x40, 0xC0)),
        *((data_coding, 0) for data_coding in (0x10, 0x18, 0x50, 0xF0)),
        *((data_coding, 1) for data_coding in (0x11, 0xF5)),
        (0xF6, 2),
    ],
)
def test_the_class_bits_are_read(data_coding: int, class_: int | None) -> None:
    assert message_class(data_coding) == class_


@given(st.binary(), st.integers(0, 255), st.sampled_from(Alphabet), st.integers(0, 20))
def test_nothing_received_makes_reading_fail(
    octets: bytes, data_coding: int, default: Alphabet, language: int
) -> None:
    decode_text(octets, data_coding, default, Shifts(language, language))
