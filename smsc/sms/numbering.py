"""Country codes, how long their numbers can be, and whether a trunk prefix may be in the way."""

import re
from functools import cache
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

MAX_DIGITS: Final = 15  # E.164 §6.1, the country code included
_LONGEST_COUNTRY_CODE: Final = 3


class CountryPlan(NamedTuple):
    """What the metadata says of one country code's numbers."""

    lengths: frozenset[int]  # of the national number, in digits
    national_prefix: re.Pattern[str] | None  # matches what may be a trunk or carrier prefix


@cache  # 215 country codes at most; each is read when its first number comes
def _country_plan(country_code: str) -> CountryPlan | None:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(country_code))
    if regions is None:
        return None
    # The first region stands for all that share the code: its lengths are the code's.
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(country_code), regions[0])
    if metadata is None or metadata.general_desc is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    return CountryPlan(
        frozenset(metadata.general_desc.possible_length),
        re.compile(prefix) if prefix else None,
    )


def split_country_code(digits: str) -> tuple[CountryPlan, str] | None:
    """Part international `digits` into the plan of their country code and the national number."""
    found = _begins(digits[:_LONGEST_COUNTRY_CODE])
    return None if found is None else (found[0], digits[found[1] :])


@cache  # a thousand beginnings at most
def _begins(first: str) -> tuple[CountryPlan, int] | None:
    """Return the plan of the country code that a number begins with, and the code's length."""
    if first[:1] in {"", "0"}:
        return None
    for size in range(1, len(first) + 1):  # no code is another's beginning
        plan = _country_plan(first[:size])
        if plan is not None:
            return plan, size
    return None


def is_possible(digits: str) -> bool:
    """Say whether international `digits` (no `+`) have a country code and a length it allows.

    No claim that the number is assigned: ranges open faster than any table of them. Lengths that
    only work within one town do not count.

    Source: https://github.com/google/libphonenumber, resources/PhoneNumberMetadata.xml
    """
    found = split_country_code(digits)
    return found is not None and len(digits) <= MAX_DIGITS and len(found[1]) in found[0].lengths
