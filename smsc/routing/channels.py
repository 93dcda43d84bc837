"""Which of a connector's channels a message goes by, and when one rests; pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_AHEAD: Final = 8  # a week from now, whatever opens at all has opened


class Span(StrEnum):
    """What a quota is for."""

    DAY = "day"
    MONTH = "month"


class Period(NamedTuple):
    """A day, or a month, of a channel's time zone."""

    span: Span
    starts_on: date


class InvalidHours(ValueError):
    """The working hours can't be understood; says why."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a channel may send, by weekday from 0, Monday; without any day, always."""

    days: Mapping[int, tuple[time, time]] = field(default_factory=dict)

    def is_open(self, local: datetime) -> bool:
        """Say whether the channel works at this local time."""
        if not self.days:
            return True
        hours = self.days.get(local.weekday())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def opens_at(self, local: datetime) -> datetime:
        """Return when it next opens, after a local time at which it is closed."""
        for ahead in range(_DAYS_AHEAD):
            day = local.date() + timedelta(days=ahead)
            hours = self.days.get(day.weekday())
            if hours is not None:
                opening = datetime.combine(day, hours[0], local.tzinfo)
                if opening > local:
                    return opening
        return local + timedelta(days=_DAYS_AHEAD)


def parse_hours(hours: Mapping[str, object]) -> WorkingHours:
    """Read `{"mon": ["08:00", "18:00"], …}`; the end is not included, "24:00" is midnight.

    Raises:
        InvalidHours: a day is unknown, or its two times are none or in the wrong order.
    """
    days: dict[int, tuple[time, time]] = {}
    for name, value in hours.items():
        if name not in WEEKDAYS:
            raise InvalidHours(f"{name!r} is no weekday. They are: {', '.join(WEEKDAYS)}.")
        if not isinstance(value, list) or len(value) != 2:
            raise InvalidHours(f'the hours of {name!r} are two times, such as ["08:00", "18:00"].')
        start, end = (_time(name, text) for text in value)
        if start >= end:
            raise InvalidHours(f"the hours of {name!r} end before they begin.")
        days[WEEKDAYS.index(name)] = (start, end)
    return WorkingHours(days)


def _time(day: str, text: object) -> time:
    if text == "24:00":
        return time.max
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise InvalidHours(f"{text!r} of {day!r} is no time of day such as 08:00.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A SIM or line, as the choice needs it. Quotas: None is no limit."""

    sid: str
    number: int
    value: str | None = None
    phone_number: str | None = None
    throughput: float | None = None  # segments a second
    segment_quotas: Mapping[Span, int | None] = field(default_factory=dict)
    recipient_quotas: Mapping[Span, int | None] = field(default_factory=dict)
    month_starts_on: int = 1
    time_zone: str = "UTC"
    hours: WorkingHours = WorkingHours()
    paused: bool = False

    def period(self, span: Span, now: datetime) -> Period:
        """Return the day or month that is now."""
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        if span is Span.DAY:
            return Period(span, today)
        if today.day >= self.month_starts_on:
            return Period(span, today.replace(day=self.month_starts_on))
        last_month = today.replace(day=1) - timedelta(days=1)
        return Period(span, last_month.replace(day=self.month_starts_on))

    def ends_at(self, period: Period) -> datetime:
        """Return the midnight with which a period is over."""
        day = period.starts_on
        if period.span is Span.DAY:
            following = day + timedelta(days=1)
        else:
            following = (day.replace(day=28) + timedelta(days=4)).replace(day=self.month_starts_on)
        return datetime.combine(following, time(), ZoneInfo(self.time_zone))


@dataclass(slots=True)
class Used:
    """What a channel was given in a period."""

    segments: int = 0
    recipients: int = 0


Usage = Mapping[Span, Used]  # of the periods that are now


class Rest(NamedTuple):
    """Why a channel takes nothing, in words; until when, if that is known."""

    why: str
    until: datetime | None


def rest(channel: Channel, usage: Usage, now: datetime, *, urgent: bool = False) -> Rest | None:
    """Say why a channel takes no segment now; None: it does.

    Working hours do not hold for what is urgent: an alert.
    """
    if channel.paused:
        return Rest("it is paused", None)
    for span, quota in channel.segment_quotas.items():
        if quota is not None and usage[span].segments >= quota:
            until = channel.ends_at(channel.period(span, now))
            return Rest(f"its quota of {quota} segments a {span} is used up", until)
    if not urgent:
        local = now.astimezone(ZoneInfo(channel.time_zone))
        if not channel.hours.is_open(local):
            return Rest("it is outside its working hours", channel.hours.opens_at(local))
    return None


def recipient_rest(
    channel: Channel, usage: Usage, known: Collection[Span], now: datetime
) -> Rest | None:
    """Say why a channel may not write to a recipient; `known`: the spans in which it has."""
    for span, quota in channel.recipient_quotas.items():
        if quota is not None and span not in known and usage[span].recipients >= quota:
            until = channel.ends_at(channel.period(span, now))
            return Rest(f"its quota of {quota} recipients a {span} is used up", until)
    return None


def fullness(channel: Channel, usage: Usage) -> tuple[float, int]:
    """Return what to choose the least of: the share of a quota that is used, then the segments."""
    shares = [
        usage[span].segments / quota for span, quota in channel.segment_quotas.items() if quota
    ] + [
        usage[span].recipients / quota for span, quota in channel.recipient_quotas.items() if quota
    ]
    return max(shares, default=0.0), usage[Span.MONTH].segments


def choose(candidates: Iterable[Channel], usage: Mapping[str, Usage], knowing: set[str]) -> Channel:
    """Choose among channels that may take a message.

    One that has written to the recipient this month goes first: the conversation keeps its sender,
    and no quota of recipients grows. Then the one whose quotas are used least.
    """
    return min(
        candidates,
        key=lambda one: (one.sid not in knowing, *fullness(one, usage[one.sid]), one.number),
    )
