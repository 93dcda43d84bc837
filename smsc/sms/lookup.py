"""What a number's digits tell: whether it can be one, how it is written, its line and operator."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers import carrier as operators


class Fault(StrEnum):
    """Why text is no valid number, in Lookup's words."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    INVALID_BUT_POSSIBLE = "INVALID_BUT_POSSIBLE"
    INVALID_COUNTRY_CODE = "INVALID_COUNTRY_CODE"
    INVALID_LENGTH = "INVALID_LENGTH"
    NOT_A_NUMBER = "NOT_A_NUMBER"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is known of a number. Of one that isn't valid, only what was asked for and the fault."""

    phone_number: str
    fault: Fault | None = None
    calling_country_code: str | None = None
    country_code: str | None = None
    national_format: str | None = None
    line_type: str | None = None  # None: its digits don't tell
    operator: str | None = None  # by prefix; a number that was ported has another one


# Lookup's line types. Where a country's fixed and mobile numbers look the same, nobody can tell.
_LINE_TYPES: Final = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "tollFree",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "sharedCost",
    PhoneNumberType.VOIP: "nonFixedVoip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_IMPOSSIBLE: Final = {
    ValidationResult.TOO_SHORT: Fault.TOO_SHORT,
    ValidationResult.TOO_LONG: Fault.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Fault.INVALID_LENGTH,
    ValidationResult.INVALID_COUNTRY_CODE: Fault.INVALID_COUNTRY_CODE,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Fault.TOO_SHORT,
}
_UNREADABLE: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: Fault.INVALID_COUNTRY_CODE,
    NumberParseException.TOO_SHORT_AFTER_IDD: Fault.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Fault.TOO_SHORT,
    NumberParseException.TOO_LONG: Fault.TOO_LONG,
}


def look_up(text: str, country_code: str | None = None) -> LookedUp:
    """Say what is known of a number; `country_code` is that of a national one."""
    text = text.strip()
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else country_code)
    except NumberParseException as error:
        return LookedUp(text, _UNREADABLE.get(error.error_type, Fault.NOT_A_NUMBER))
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        return LookedUp(e164, _IMPOSSIBLE.get(possible, Fault.INVALID_LENGTH))
    if not phonenumbers.is_valid_number(number):
        return LookedUp(e164, Fault.INVALID_BUT_POSSIBLE)
    return LookedUp(
        phone_number=e164,
        calling_country_code=str(number.country_code),
        country_code=phonenumbers.region_code_for_number(number),
        national_format=phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        line_type=_LINE_TYPES.get(phonenumbers.number_type(number)),
        operator=operators.name_for_number(number, "en") or None,
    )
