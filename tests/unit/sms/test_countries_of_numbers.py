"""The country of a number, by the short way."""

import pytest

from smsc.sms.number_facts import iso_country_of, read_number


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("+85512345678", "KH"),
        ("+15075550100", "US"),
        ("+16135550100", "CA"),
        ("+79161234567", "RU"),
        ("+77011234567", "KZ"),
        ("+80012345678", None),
        ("+99912345678", None),
        ("1294", None),
        ("CLINIC", None),
        ("+", None),
        ("+1", None),
        ("+" + "7" * 40, None),
        ("", None),
    ],
)
def test_the_country_of_a_number(address: str, country: str | None) -> None:
    assert iso_country_of(address) == country


@pytest.mark.parametrize("address", ["+447911123456", "+390612345678", "+4915112345678"])
def test_it_is_what_the_whole_reading_says(address: str) -> None:
    assert iso_country_of(address) == read_number(address).iso_country
