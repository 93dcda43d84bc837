"""Where sender IDs that are no numbers are shown: a rule per country, which carriers may change."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class SenderIdRule(StrEnum):
    """What networks of a country make of an alphanumeric sender ID."""

    SHOWN = "shown"
    REPLACED = "replaced"  # or dropped: a pool's number is used instead; an explicit one is tried
    REFUSED = "refused"  # nothing is sent with one


# Where networks replace or drop them; elsewhere they are shown.
DEFAULTS: Final[Mapping[str, SenderIdRule]] = dict.fromkeys(
    (
        *("US", "CA", "PR", "VI", "GU", "AS", "MP", "MX", "GT", "SV", "HN", "NI", "CR", "PA"),
        *("CO", "VE", "EC", "PE", "CL", "AR", "UY", "BR", "CN", "TW", "KR", "MY", "NZ", "ZA"),
    ),
    SenderIdRule.REPLACED,
)


class SenderIdRules:
    """A carrier's rules: its own, and the defaults for the other countries."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._own = own

    def of(self, iso_country: str | None) -> SenderIdRule:
        """Return the rule of a country; of none, such as +800, they are shown."""
        if iso_country is None:
            return SenderIdRule.SHOWN
        if iso_country in self._own:
            return SenderIdRule(self._own[iso_country])
        return DEFAULTS.get(iso_country, SenderIdRule.SHOWN)
