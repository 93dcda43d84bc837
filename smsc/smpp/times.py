"""SMPP's times: absolute ones with their zone, and those relative to now."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIME: Final = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d)(\d{2})([-+R])", re.ASCII)
_MOST_QUARTERS: Final = 48
# The specification does not say how long a month is.
_YEAR: Final = timedelta(days=365)
_MONTH: Final = timedelta(days=30)


def parse_time(text: str, now: datetime) -> datetime:
    """Read `YYMMDDhhmmsstnnp`: absolute with `+` or `-`, or an interval from `now` with `R`.

    Source: SMPP 3.4 §7.1.1.

    Raises:
        ValueError: it is neither.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of the form YYMMDDhhmmsstnnp")
    year, month, day, hour, minute, second, tenths, quarters = map(int, found.groups()[:-1])
    if found[9] == "R":
        return now + (
            year * _YEAR
            + month * _MONTH
            + timedelta(days=day, hours=hour, minutes=minute, seconds=second)
        )
    if quarters > _MOST_QUARTERS:
        raise ValueError(f"{quarters} quarters of an hour are no time zone")
    ahead = timedelta(minutes=15 * quarters) * (-1 if found[9] == "-" else 1)
    return datetime(
        2000 + year, month, day, hour, minute, second, tenths * 100_000, timezone(ahead)
    ).astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Write a moment as an absolute time in UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc:%y%m%d%H%M%S}{utc.microsecond // 100_000}00+"
