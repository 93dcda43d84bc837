"""What is known of a number by its digits alone: its country, its type, how people write it."""

from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat
from phonenumbers import PhoneNumberType as Kind

_TYPES: Final = {
    Kind.MOBILE: "mobile",
    Kind.PAGER: "mobile",
    Kind.TOLL_FREE: "tollfree",
}
NANP: Final = 1  # the country code of the USA, Canada and the Caribbean


@dataclass(frozen=True, slots=True)
class NumberDigits:
    """An E.164 number, taken apart."""

    iso_country: str | None  # "KH"; None: of no country, such as +800
    number_type: str  # local, mobile or tollfree; what has no clear type is local
    country_code: int
    national: str  # digits
    friendly: str  # "012 345 678"; in North America "(507) 555-0123"


def read_number(e164: str) -> NumberDigits:
    """Take a number apart.

    Raises:
        ValueError: it has no plus, or a country code that isn't assigned.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    country_code = number.country_code or 0
    country = phonenumbers.region_code_for_number(number)
    if country is None:  # a number that no plan has yet: the country code's main one will do
        country = phonenumbers.region_code_for_country_code(country_code)
    return NumberDigits(
        iso_country=None if country in {None, "001", "ZZ"} else country,
        number_type=_TYPES.get(phonenumbers.number_type(number), "local"),
        country_code=country_code,
        national=phonenumbers.national_significant_number(number),
        friendly=phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
    )


def iso_country_of(address: str) -> str | None:
    """Return the country of an E.164 number; None: of no country, or no such number."""
    try:
        return read_number(address).iso_country
    except ValueError:
        return None


def country_code_of(iso_country: str) -> int:
    """Return a country's calling code; 0 when there is no such country."""
    return phonenumbers.country_code_for_region(iso_country.upper())
