"""SMPP's times."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.smpp.times import format_time, parse_time

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("261125130000000+", datetime(2026, 11, 25, 13, 0, tzinfo=UTC)),
        ("261125130000528+", datetime(2026, 11, 25, 6, 0, 0, 500_000, tzinfo=UTC)),
        ("261125130000002-", datetime(2026, 11, 25, 13, 30, tzinfo=UTC)),
        ("000000010000000R", NOW + timedelta(hours=1)),
        ("000007000000000R", NOW + timedelta(days=7)),
        ("010203040506000R", NOW + timedelta(days=365 + 60 + 3, hours=4, minutes=5, seconds=6)),
    ],
    ids=["UTC", "seven hours ahead", "half an hour behind", "an hour", "a week", "all fields"],
)
def test_a_time_is_read(text: str, moment: datetime) -> None:
    assert parse_time(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "261125130000000",
        "261325130000000+",
        "261125250000000+",
        "261125130000049+",
        "261125130000000Z",
        "26112513000000\u0660+",
        "tomorrow at noon",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text, NOW)


def test_a_moment_is_written_in_utc_and_read_back() -> None:
    assert format_time(NOW) == "261125120000000+"
    assert parse_time(format_time(NOW), NOW) == NOW
