"""User data headers, honest and lying."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.sms.udh import InformationElement, concatenation_header, parse_udh


@pytest.mark.parametrize(
    ("user_data", "elements", "payload"),
    [
        (b"\x05\x00\x03\x07\x02\x01hi", [InformationElement(0, b"\x07\x02\x01")], b"hi"),
        (b"\x06\x08\x04\x01\x07\x02\x01hi", [InformationElement(8, b"\x01\x07\x02\x01")], b"hi"),
        (
            b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x00\x02\x01x",
            [InformationElement(5, b"\x0b\x84\x23\xf0"), InformationElement(0, b"\x00\x02\x01")],
            b"x",
        ),
        (b"\x02\x24\x00x", [InformationElement(0x24, b"")], b"x"),
        (b"\x00hi", [], b"hi"),
        (b"\x05\x00\x03\x07\x02\x01", [InformationElement(0, b"\x07\x02\x01")], b""),
    ],
    ids=["8-bit", "16-bit", "ports before it", "an empty element", "an empty header", "no text"],
)
def test_elements_and_text_are_parted(
    user_data: bytes, elements: list[InformationElement], payload: bytes
) -> None:
    assert parse_udh(user_data) == (elements, payload)


@pytest.mark.parametrize(
    "user_data",
    [b"", b"\x05\x00\x03", b"\x05\x00\x09\x07\x02\x01hi", b"\x01\x00hi", b"\xffhello"],
    ids=["nothing", "cut off", "element too long", "half an element", "plain text"],
)
def test_a_lying_header_stays_with_the_text(user_data: bytes) -> None:
    assert parse_udh(user_data) == ([], user_data)


@given(st.binary())
@settings(max_examples=200)
def test_no_octets_make_parsing_fail(user_data: bytes) -> None:
    _, payload = parse_udh(user_data)
    assert user_data.endswith(payload)


@given(
    reference=st.integers(0, 1 << 20),
    count=st.integers(1, 255),
    wide=st.booleans(),
    data=st.data(),
)
@settings(max_examples=100)
def test_a_header_that_we_make_is_read_back(
    *, reference: int, count: int, wide: bool, data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, count))
    size = 2 if wide else 1
    elements, payload = parse_udh(concatenation_header(reference, count, number, wide=wide) + b"x")
    assert payload == b"x"
    expected = (reference % 256**size).to_bytes(size) + bytes((count, number))
    assert elements == [InformationElement(8 if wide else 0, expected)]


@pytest.mark.parametrize(("count", "number"), [(0, 0), (2, 0), (2, 3), (256, 1)])
def test_a_place_that_cannot_be_is_refused(count: int, number: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        concatenation_header(1, count, number)
