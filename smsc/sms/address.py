"""Addresses: what a customer writes, checked and normalised, and what SMPP carries."""

import re
import unicodedata
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

import phonenumbers

from smsc.errors import InvalidDestination, InvalidSender
from smsc.sms.numbering import MAX_DIGITS, is_possible, split_country_code


class AddressKind(StrEnum):
    """What an address is."""

    E164 = "e164"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


class Ton(IntEnum):
    """Type of number.

    Source: SMPP 3.4 §5.2.5.
    """

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER_NUMBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator.

    Source: SMPP 3.4 §5.2.6.
    """

    UNKNOWN = 0
    ISDN = 1  # E.163 and E.164
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP_CLIENT = 18


class Address(NamedTuple):
    """A checked address: `+` and digits, digits alone, or a name."""

    value: str
    kind: AddressKind


class SmppAddress(NamedTuple):
    """An address as a PDU carries it."""

    addr: str
    ton: int
    npi: int


_SHORT_CODE: Final = re.compile(r"[0-9]{3,8}")
_ALPHANUMERIC: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")
_CANONICAL: Final = re.compile(rf"\+[1-9][0-9]{{0,{MAX_DIGITS - 1}}}")
_WITH_NATIONAL_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,19}")

# What people, phone books and word processors put between digits: spaces, dashes, brackets, dots,
# slashes, and the invisible marks of direction that a copied contact brings along.
_PUNCTUATION: Final = dict.fromkeys(
    [
        *map(ord, " \t\r\n()[]-./\u00a0\u00ad\u2060\ufeff"),
        *range(0x2000, 0x2016),
        *range(0x2028, 0x2030),
    ]
)
_SUFFIX_DIGITS: Final = 7  # of a number, which some remotes report without its country code
_FULL_WIDTH_PLUS: Final = "\uff0b"


def parse_destination(text: str) -> Address:
    """Read a `To`: an international number with its `+`, punctuation tolerated.

    A leading space stands for the `+` that a form left unescaped. Digits without either are
    refused: they may be a national number of any country. A trunk prefix after the country code,
    `+44 (0)20…`, is removed.

    Source: https://www.twilio.com/docs/glossary/what-e164

    Raises:
        InvalidDestination: no possible number.
    """
    number = _normalise(text)
    if number is None:
        raise InvalidDestination(text)
    return Address(number, AddressKind.E164)


def parse_sender(text: str) -> Address:
    """Read a `From`: an international number, a short code, or an alphanumeric sender ID.

    A short code has 3 to 8 digits; a sender ID 1 to 11 letters, digits, spaces and `& _ . + -`,
    one letter at least.

    Source: https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id

    Raises:
        InvalidSender: none of the three.
    """
    number = _normalise(text)
    if number is not None:
        return Address(number, AddressKind.E164)
    trimmed = text.strip()
    if _SHORT_CODE.fullmatch(trimmed):
        return Address(trimmed, AddressKind.SHORT_CODE)
    if _ALPHANUMERIC.fullmatch(trimmed):
        return Address(trimmed, AddressKind.ALPHANUMERIC)
    raise InvalidSender(text)


def to_smpp(address: Address) -> SmppAddress:
    """Render an address as most peers want it; a connector's own rules come after.

    International: digits without `+`, since TON 1 says it already. Alphanumeric: the plan bits are
    reserved and shall be 0. Short code: a number of the telephone plan whose type is claimed by
    nobody, neither international nor national; TON 6 would be a number that the SMSC itself
    abbreviates.

    Source: SMPP 3.4 §5.2.5, §5.2.6; 3GPP TS 23.040 §9.1.2.5.
    """
    value, kind = address
    if kind is _E164:
        return SmppAddress(value.removeprefix("+"), *_AS_E164)
    if kind is AddressKind.SHORT_CODE:
        return SmppAddress(value, Ton.UNKNOWN, Npi.ISDN)
    return SmppAddress(value, Ton.ALPHANUMERIC, Npi.UNKNOWN)


_E164: Final = AddressKind.E164  # a member costs a look-up in its class
_AS_E164: Final = (Ton.INTERNATIONAL, Npi.ISDN)


def as_smpp(value: str) -> SmppAddress:
    """Render a stored address, which was checked when it came in."""
    if value.startswith("+"):
        kind = AddressKind.E164
    else:
        kind = AddressKind.SHORT_CODE if value.isdecimal() else AddressKind.ALPHANUMERIC
    return to_smpp(Address(value, kind))


# Numbers without a type are believed to be international only when they are longer than a short
# code: eight digits can be somebody's local number and another country's whole one.
_LONGEST_UNTYPED_SHORT: Final = 8
# As plain numbers: an enum's member costs a look-up in its class, and as much again to compare.
_UNKNOWN: Final = int(Ton.UNKNOWN)
_MAYBE_INTERNATIONAL: Final = frozenset({int(Ton.INTERNATIONAL), _UNKNOWN})


def from_smpp(addr: str, ton: int, npi: int) -> str:  # noqa: ARG001 callers pass the three as they came
    """Read an address that a peer sent: `+` and digits when they make a possible number.

    Other digits, names, and numbers of a type that is not international stay as they are. Digits
    with TON 0 count as international when they can be (GoIP sends all so).
    """
    addr = addr.strip()
    if addr.startswith("+"):
        return _normalise(addr) or addr
    if ton not in _MAYBE_INTERNATIONAL or not (addr.isascii() and addr.isdecimal()):
        return addr
    digits = addr.removeprefix("00")  # no country code begins with 0
    if ton == _UNKNOWN and len(digits) <= _LONGEST_UNTYPED_SHORT:
        return addr
    return f"+{digits}" if is_possible(digits) else addr


def is_number(addr: str) -> bool:
    """Say whether an address is a number rather than a name, however it is punctuated."""
    return any(map(str.isdecimal, addr)) and not any(map(str.isalpha, addr))


MASK: Final = "XXXX"  # stands for the last digits of a number that is kept no longer, as Twilio's


def same_handset(to: str, source_addr: str) -> bool:
    """Compare by the last digits: remotes drop the plus, the country code, or say nothing.

    Of a masked number the others are compared: a remote may be late with its receipt.
    """
    digits = "".join(filter(str.isdecimal, source_addr))
    ours = to.lstrip("+")
    if ours.endswith(MASK):
        digits, ours = digits[: -len(MASK)], ours.removesuffix(MASK)
    if not digits:
        return True
    shorter = min(len(digits), len(ours), _SUFFIX_DIGITS)
    return digits[-shorter:] == ours[-shorter:]


def _normalise(text: str) -> str | None:
    """Return `+` and digits, or None when `text` is no possible number."""
    if not _CANONICAL.fullmatch(text):
        text = _tidy(text)
        if not _WITH_NATIONAL_PREFIX.fullmatch(text):
            return None
    digits = text[1:]
    found = split_country_code(digits)
    if found is None:
        return None
    plan, national_number = found
    if plan.national_prefix is not None and plan.national_prefix.match(national_number):
        return _normalise_by_library(text)
    return text if len(national_number) in plan.lengths and len(digits) <= MAX_DIGITS else None


def _tidy(text: str) -> str:
    """Drop punctuation and turn every script's digits into ASCII ones."""
    if text[:1] == " " and text[1:2].isdecimal():
        text = "+" + text
    text = text.replace(_FULL_WIDTH_PLUS, "+").translate(_PUNCTUATION)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )


def _normalise_by_library(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    normalised = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normalised if is_possible(normalised[1:]) else None
