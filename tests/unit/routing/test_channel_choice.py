"""Channels: quotas, working hours, and which SIM a message goes by."""

from datetime import UTC, date, datetime

import pytest

from smsc.routing.channels import (
    Channel,
    InvalidHours,
    Period,
    Span,
    Used,
    choose,
    parse_hours,
    recipient_rest,
    rest,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def _usage(day: int = 0, month: int = 0, recipients: int = 0) -> dict[Span, Used]:
    return {Span.DAY: Used(day, recipients), Span.MONTH: Used(month, recipients)}


def _sim(number: int = 1, **changes: object) -> Channel:
    return Channel(**({"sid": f"CH{number}", "number": number} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("channel", "usage", "why"),
    [
        (_sim(), _usage(10**6, 10**6), None),
        (_sim(paused=True), _usage(), "it is paused"),
        (_sim(segment_quotas={Span.DAY: 10}), _usage(day=9, month=9), None),
        (
            _sim(segment_quotas={Span.DAY: 10}),
            _usage(day=10, month=10),
            "its quota of 10 segments a day is used up",
        ),
        (
            _sim(segment_quotas={Span.DAY: None, Span.MONTH: 300}),
            _usage(day=1, month=300),
            "its quota of 300 segments a month is used up",
        ),
        (
            _sim(hours=parse_hours({"mon": ["08:00", "12:00"]})),
            _usage(),
            "it is outside its working hours",
        ),
        (_sim(hours=parse_hours({"mon": ["12:00", "24:00"]})), _usage(), None),
        (
            _sim(hours=parse_hours({"tue": ["00:00", "24:00"]})),
            _usage(),
            "it is outside its working hours",
        ),
        (
            _sim(hours=parse_hours({"mon": ["18:00", "20:00"]}), time_zone="Asia/Phnom_Penh"),
            _usage(),
            None,
        ),
    ],
    ids=[
        "without a quota it never rests",
        "paused",
        "one segment left",
        "no segment left today",
        "no segment left this month",
        "hours end at their end",
        "hours begin at their beginning",
        "a day without hours",
        "hours of its own time zone",
    ],
)
def test_a_channel_rests_for_one_reason(
    channel: Channel, usage: dict[Span, Used], why: str | None
) -> None:
    found = rest(channel, usage, NOON)
    assert (found.why if found else None) == why


def test_a_quota_ends_at_midnight_of_the_sims_time_zone() -> None:
    channel = _sim(segment_quotas={Span.DAY: 1}, time_zone="Asia/Phnom_Penh")
    found = rest(channel, _usage(day=1), NOON)
    assert found is not None
    assert found.until == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def test_an_alert_is_sent_outside_working_hours_but_within_quotas() -> None:
    closed = _sim(hours=parse_hours({"sun": ["08:00", "12:00"]}))
    assert rest(closed, _usage(), NOON, urgent=True) is None
    full = _sim(segment_quotas={Span.DAY: 1}, hours=closed.hours)
    assert rest(full, _usage(day=1), NOON, urgent=True) is not None


def test_a_closed_channel_says_when_it_opens() -> None:
    closed = _sim(hours=parse_hours({"sat": ["08:00", "12:00"]}))
    found = rest(closed, _usage(), NOON)
    assert found is not None
    assert found.until == datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "starts_on"),
    [
        (datetime(2026, 11, 23, tzinfo=UTC), date(2026, 11, 15)),
        (datetime(2026, 11, 15, tzinfo=UTC), date(2026, 11, 15)),
        (datetime(2026, 11, 14, tzinfo=UTC), date(2026, 10, 15)),
        (datetime(2027, 1, 3, tzinfo=UTC), date(2026, 12, 15)),
    ],
)
def test_a_month_begins_on_the_operators_day(now: datetime, starts_on: date) -> None:
    channel = _sim(month_starts_on=15)
    assert channel.period(Span.MONTH, now) == Period(Span.MONTH, starts_on)


def test_a_month_ends_where_the_next_begins() -> None:
    channel = _sim(month_starts_on=15)
    january = Period(Span.MONTH, date(2027, 1, 15))
    assert channel.ends_at(january) == datetime(2027, 2, 15, tzinfo=UTC)


def test_new_recipients_are_refused_and_known_ones_are_not_when_their_quota_is_used_up() -> None:
    channel = _sim(recipient_quotas={Span.MONTH: 99})
    assert recipient_rest(channel, _usage(recipients=98), [], NOON) is None
    assert recipient_rest(channel, _usage(recipients=99), [Span.MONTH], NOON) is None
    found = recipient_rest(channel, _usage(recipients=99), [Span.DAY], NOON)
    assert found is not None
    assert found.why == "its quota of 99 recipients a month is used up"


def test_the_sim_that_wrote_to_a_recipient_writes_again_and_else_the_least_used() -> None:
    one, two = _sim(1), _sim(2)
    usage = {"CH1": _usage(month=50), "CH2": _usage(month=3)}
    assert choose([one, two], usage, knowing=set()) is two
    assert choose([one, two], usage, knowing={"CH1"}) is one


def test_the_least_used_share_of_a_quota_wins_over_the_fewest_segments() -> None:
    small = _sim(1, segment_quotas={Span.MONTH: 10})
    large = _sim(2, segment_quotas={Span.MONTH: 1000})
    usage = {"CH1": _usage(month=5), "CH2": _usage(month=100)}
    assert choose([small, large], usage, knowing=set()) is large


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ({"monday": ["08:00", "18:00"]}, "'monday' is no weekday"),
        ({"mon": "08:00-18:00"}, "are two times"),
        ({"mon": ["8 o'clock", "18:00"]}, "is no time of day"),
        ({"mon": ["18:00", "08:00"]}, "end before they begin"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_their_reason(
    hours: dict[str, object], why: str
) -> None:
    with pytest.raises(InvalidHours, match=why):
        parse_hours(hours)
