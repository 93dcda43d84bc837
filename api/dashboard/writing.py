"""How moments, figures and numbers are written: in the reader's zone and language."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import DateTimePattern, parse_pattern
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from api.dashboard.languages import said, spoken
from api.dashboard.words import word

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
NOTHING: Final = "–"  # noqa: RUF001 a dash where nothing is


def moment(
    moment: datetime | None, zone: ZoneInfo, *, to_the_millisecond: bool = False
) -> str | Markup:
    """Return a moment in the reader's zone, to the second or the millisecond."""
    if moment is None:
        return NOTHING
    there = moment.astimezone(zone)
    locale = spoken().locale
    shown = _pattern(locale, to_the_millisecond=to_the_millisecond).apply(there, locale)
    return Markup('<time datetime="{}">{} {}</time>').format(
        moment.astimezone(UTC).isoformat(), shown, there.tzname()
    )


def ltr(text: str) -> Markup:
    """Return a number, an address, a URL, which runs left to right in every language."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def apart(text: str) -> str:
    """Return the same where no markup can be, as in the options of a choice.

    Source: UAX 9, the isolates.
    """
    return f"\u2066{text}\u2069" if spoken().direction == "rtl" else text


def code(text: str) -> Markup:
    """Return what is typed or read letter by letter."""
    return Markup("<code>{}</code>").format(text)


def count(number: int) -> str:
    """Return a whole number with its groups of thousands."""
    return format_decimal(number, locale=spoken().locale)


def tenths(number: float) -> str:
    """Return a number to a tenth."""
    return format_decimal(round(number, 1), locale=spoken().locale)


def octets(number: int) -> Markup:
    """Return a size in the largest unit of which there is at least one."""
    unit = min((max(number, 1).bit_length() - 1) // 10, len(_UNITS) - 1)
    return ltr(f"{tenths(number / 1024**unit)} {_UNITS[unit]}")


def share(part: float | None) -> str:
    """Return a part of one as per cent, to a tenth; a dash for none."""
    if part is None:
        return NOTHING
    locale = spoken().locale
    tenths = locale.percent_formats[None].pattern.replace("##0", "##0.0")
    return format_percent(part, tenths, locale=locale)


def country(iso: str) -> str:
    """Return what a country is called, by its ISO code; unknown ones as they are."""
    return str(spoken().locale.territories.get(iso, iso))


@cache
def _pattern(locale: Locale, *, to_the_millisecond: bool) -> DateTimePattern:
    time = locale.time_formats["medium"].pattern
    if to_the_millisecond:
        time = time.replace("ss", "ss.SSS")
    day = locale.date_formats["medium"].pattern
    both = str(locale.datetime_formats["medium"]).replace("'", "")
    return parse_pattern(both.replace("{0}", time).replace("{1}", day))


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "apart": apart,
    "code": code,
    "count": count,
    "country": country,
    "ltr": ltr,
    "moment": moment,
    "octets": octets,
    "said": said,
    "share": share,
    "tenths": tenths,
    "word": word,
}
