"""Received parts, read together."""

import pytest

from smsc.sms.alphabet import Alphabet
from smsc.sms.inbound_text import Piece, Read, read_pieces

TURKISH_SINGLE = b"\x24\x01\x01"
TURKISH_LOCKING = b"\x25\x01\x01"
WAP_PUSH = b"\x05\x04\x0b\x84\x23\xf0"  # to port 2948, from 9200


def read(*pieces: Piece) -> Read:
    return read_pieces(pieces, Alphabet.GSM7)


def test_each_part_is_read_by_the_tables_that_its_own_header_names() -> None:
    assert read(Piece(b"\x1bs", 0, TURKISH_SINGLE), Piece(b"\x0b", 0)).body == "şØ"
    assert read(Piece(b"\x0b", 0), Piece(b"\x0b", 0, TURKISH_LOCKING)).body == "ØĞ"


def test_a_character_across_two_parts_is_read_whole() -> None:
    smile = "😀".encode("utf-16-be")
    assert read(Piece(smile[:2], 8), Piece(smile[2:], 8)).body == "😀"
    assert read(Piece(b"a\x1b", 0), Piece(b"eb", 0)).body == "a€b"
    shifted = Piece(b"\x1b", 0, TURKISH_SINGLE), Piece(b"s", 0, TURKISH_SINGLE)
    assert read(*shifted).body == "ş"


def test_parts_of_different_alphabets_are_each_read_in_their_own() -> None:
    cyrillic = "ж".encode("utf-16-be")
    assert read(Piece(b"a@"[:1], 0), Piece(cyrillic, 8), Piece(b"b", 0)).body == "aжb"


@pytest.mark.parametrize("data_coding", [0x02, 0x04, 0x14, 0xF5])
def test_data_is_kept_as_it_came_with_its_ports(data_coding: int) -> None:
    content = read(Piece(b"\x01\x06", data_coding, WAP_PUSH), Piece(b"\xff", data_coding, WAP_PUSH))
    assert content == Read(
        body="\x01\x06\xff",
        data_coding=data_coding,
        data=b"\x06" + WAP_PUSH + b"\x01\x06\xff",
        has_udh=True,
        why="8-bit data for application port 2948.",
    )


def test_data_without_ports_is_said_to_be_data() -> None:
    content = read(Piece(b"\x00\x01", 4))
    assert (content.data, content.has_udh) == (b"\x00\x01", False)
    assert content.why == "8-bit data, no text."


def test_text_for_an_applications_port_is_text() -> None:
    content = read(Piece(b"Hi", 0, WAP_PUSH))
    assert (content.body, content.data) == ("Hi", None)


def test_text_the_wrong_way_about_is_read_and_noticed() -> None:
    content = read(Piece("Hello".encode("utf-16-le"), 8))
    assert (content.body, content.little_endian) == ("Hello", True)
    assert not read(Piece("Hello".encode("utf-16-be"), 8)).little_endian
