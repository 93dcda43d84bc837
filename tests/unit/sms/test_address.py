"""Numbers, short codes and names, as customers write them and as peers send them."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsc.errors import InvalidDestination, InvalidSender
from smsc.sms.address import (
    Address,
    AddressKind,
    Npi,
    SmppAddress,
    Ton,
    from_smpp,
    parse_destination,
    parse_sender,
    to_smpp,
)

COUNTRY_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
plus_and_digits = st.builds(
    "+{}{}".format,
    st.sampled_from(COUNTRY_CODES),
    st.text(alphabet="0123456789", min_size=1, max_size=13),
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+85512345678", "+85512345678"),
        ("+1 (500) 555-0006", "+15005550006"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+49.171/123 45 67", "+491711234567"),
        ("\u202a+1\u00a0500\u2011555\u20110006\u202c", "+15005550006"),
        ("\uff0b855 12 345 678", "+85512345678"),
        ("+៨៥៥១២៣៤៥៦៧៨", "+85512345678"),
        (" 15005550006", "+15005550006"),
        ("  +15005550006\r\n", "+15005550006"),
        ("+39 06 1234567", "+39061234567"),
        ("+290812", None),
        ("+29081234", "+29081234"),
        ("15005550006", None),
        ("0123456789", None),
        ("0085512345678", None),
        ("+1310555", None),
        ("+150055500061", None),
        ("+999123456789", None),
        ("+0123456789", None),
        ("+", None),
        ("", None),
        ("abc", None),
        ("+1800FLOWERS", None),
        ("whatsapp:+15005550006", None),
        ("+1500555+0006", None),
        ("+15005550006,+15005550007", None),
        ("12345", None),
        ("MyShop", None),
    ],
)
def test_a_destination_is_an_international_number(text: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(InvalidDestination):
            parse_destination(text)
    else:
        assert parse_destination(text) == Address(number, AddressKind.E164)


@given(plus_and_digits)
@settings(max_examples=300)
def test_numbers_are_read_as_the_library_reads_them(text: str) -> None:
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        expected = None
    else:
        is_possible = (
            phonenumbers.is_possible_number_with_reason(parsed)
            == phonenumbers.ValidationResult.IS_POSSIBLE
        )
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        expected = number if is_possible and len(number) <= len("+") + 15 else None
    if expected is None:
        with pytest.raises(InvalidDestination):
            parse_destination(text)
    else:
        assert parse_destination(text).value == expected


@pytest.mark.parametrize("country_code", COUNTRY_CODES)
def test_the_example_number_of_each_country_is_possible(country_code: int) -> None:
    region = phonenumbers.region_code_for_country_code(country_code)
    example = (
        phonenumbers.example_number_for_non_geo_entity(country_code)
        if region == "001"
        else phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        or phonenumbers.example_number(region)
    )
    assert example is not None
    text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert parse_destination(text).value == text
    assert from_smpp(text[1:], Ton.INTERNATIONAL, Npi.ISDN) == text


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_a_destination_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        value = parse_destination(text).value
    except InvalidDestination:
        return
    assert value.startswith("+")
    assert value[1:].isdecimal()
    assert value.isascii()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("+1 500 555 0006", "+15005550006", AddressKind.E164),
        ("123", "123", AddressKind.SHORT_CODE),
        (" 12345 ", "12345", AddressKind.SHORT_CODE),
        ("12345678", "12345678", AddressKind.SHORT_CODE),
        ("MyShop", "MyShop", AddressKind.ALPHANUMERIC),
        ("A\n", "A", AddressKind.ALPHANUMERIC),
        ("24h Help&Co", "24h Help&Co", AddressKind.ALPHANUMERIC),
        ("a_b.c+d-e", "a_b.c+d-e", AddressKind.ALPHANUMERIC),
    ],
)
def test_a_sender_is_a_number_a_short_code_or_a_name(
    text: str, value: str, kind: AddressKind
) -> None:
    assert parse_sender(text) == Address(value, kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12",
        "123456789",
        "15005550006",
        "TwelveLetter",
        "Señor",
        "a:b",
        "&&&",
        "+123",
        "²²²a",
    ],
)
def test_what_is_none_of_the_three_cannot_send(text: str) -> None:
    with pytest.raises(InvalidSender):
        parse_sender(text)


@pytest.mark.parametrize(
    ("sender", "on_the_wire"),
    [
        ("+15005550006", SmppAddress("15005550006", Ton.INTERNATIONAL, Npi.ISDN)),
        ("12345", SmppAddress("12345", Ton.UNKNOWN, Npi.ISDN)),
        ("MyShop", SmppAddress("MyShop", Ton.ALPHANUMERIC, Npi.UNKNOWN)),
    ],
)
def test_an_address_goes_out_and_comes_back(sender: str, on_the_wire: SmppAddress) -> None:
    assert to_smpp(parse_sender(sender)) == on_the_wire
    assert from_smpp(*on_the_wire) == sender


@pytest.mark.parametrize(
    ("addr", "ton", "address"),
    [
        ("85512345678", 1, "+85512345678"),
        ("+85512345678", 1, "+85512345678"),
        ("0085512345678", 1, "+85512345678"),
        ("85512345678", 0, "+85512345678"),
        ("+85512345678", 0, "+85512345678"),
        ("012345678", 0, "012345678"),
        ("012345678", 1, "012345678"),
        ("46123456", 0, "46123456"),
        ("46123456", 1, "+46123456"),
        ("12345", 0, "12345"),
        ("12345", 1, "12345"),
        ("012345678", 2, "012345678"),
        ("85512345678", 5, "85512345678"),
        ("MyShop", 5, "MyShop"),
        ("MyShop", 0, "MyShop"),
        ("My\xe9\x00", 5, "My\xe9\x00"),
        ("+MyShop", 5, "+MyShop"),
        ("²³4567890123", 1, "²³4567890123"),
        ("", 0, ""),
        ("00", 1, "00"),
        ("85512345678", 77, "85512345678"),
    ],
)
def test_an_address_of_a_peer_is_read_by_its_type(addr: str, ton: int, address: str) -> None:
    assert from_smpp(addr, ton, Npi.ISDN) == address
