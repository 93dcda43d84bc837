from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.twilio.forms import read_form, read_query
from api.twilio.messages import read_filter
from api.twilio.rendering import message, rfc2822
from smsc.errors import BadParameter, UnsupportedMediaType
from smsc.messaging.reading.queries import MessageFilter, StoredMessage

FORM = "application/x-www-form-urlencoded"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = MessageFilter(
    sent_from=datetime(2026, 1, 31, tzinfo=UTC), sent_before=datetime(2026, 2, 1, tzinfo=UTC)
)


@settings(max_examples=100)
@given(st.datetimes(timezones=st.timezones()))
def test_dates_are_written_as_the_library_writes_them(moment: datetime) -> None:
    try:
        expected = format_datetime(moment.astimezone(UTC))
    except OverflowError:
        return  # at the ends of the calendar there is no such moment in UTC
    assert rfc2822(moment) == expected


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
        st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
        max_size=20,
    )
)
def test_what_a_client_encodes_is_read_back(fields: dict[str, str]) -> None:
    assert read_form(urlencode(fields).encode(), FORM) == fields


@settings(max_examples=200)
@given(st.text("%2B+1b"))
def test_what_is_escaped_by_halves_is_read_as_the_library_reads_it(text: str) -> None:
    octets = unquote_to_bytes(text.replace("+", " "))
    try:
        expected = octets.decode()
    except UnicodeDecodeError:
        return
    assert read_form(f"Body={text}".encode(), FORM) == {"Body": expected}


def test_unescaped_utf8_is_read_as_curl_sends_it() -> None:
    assert read_form("Body=Привет+мир".encode(), f"{FORM}; charset=UTF-8") == {"Body": "Привет мир"}


def test_of_a_repeated_field_the_last_counts() -> None:
    assert read_form(b"Body=a&Body=b", FORM) == {"Body": "b"}


@pytest.mark.parametrize(
    "body", [b"a=%00", b"a=\x00", b"a=%ff", b"a=\xff", b"&".join([b"a=1"] * 101)], ids=repr
)
def test_an_unreadable_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadParameter):
        read_query(body)


def test_another_format_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        read_form(b'{"To": "+1"}', "application/json")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, MessageFilter()),
        ({"To": "+855 12 345 678"}, MessageFilter(to="+85512345678")),
        ({"To": " 85512345678"}, MessageFilter(to="+85512345678")),
        ({"From": "CLINIC"}, MessageFilter(from_="CLINIC")),
        ({"To": "x!"}, MessageFilter(to="x!")),
        ({"DateSent": "2026-01-31"}, DAY),
        ({"DateSent": "2026-01-31T12:00:00Z"}, DAY),
        ({"DateSent<": "2026-01-31"}, MessageFilter(sent_before=datetime(2026, 2, 1, tzinfo=UTC))),
        ({"DateSent>": "2026-01-31"}, MessageFilter(sent_from=datetime(2026, 1, 31, tzinfo=UTC))),
        ({"DateSent>": "2026-01-31T12:00:00Z"}, MessageFilter(sent_from=NOON)),
        (
            {"DateSent<": "2026-01-31T12:00:00Z"},
            MessageFilter(sent_before=NOON + timedelta(seconds=1)),
        ),
        (
            {"DateSent<": "2026-01-31T12:00:00Z", "DateSent>": "2026-01-31T12:00:00Z"},
            MessageFilter(sent_from=NOON, sent_before=NOON + timedelta(seconds=1)),
        ),
    ],
    ids=str,
)
def test_filters_are_inclusive_and_normalised(query: dict[str, str], wanted: MessageFilter) -> None:
    assert read_filter(query) == wanted


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "9999-12-31", "1"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        read_filter({"DateSent": text})


def test_a_failed_message_has_a_number_and_a_sentence() -> None:
    shown = message(stored(status="failed", error_code=30005))
    assert (shown["error_code"], shown["error_message"]) == (30005, "Unknown destination handset")


def test_an_inbound_message_was_sent_when_it_came() -> None:
    shown = message(stored(direction="inbound", status="received"))
    assert shown["date_sent"] == shown["date_created"] == "Sat, 31 Jan 2026 12:00:00 +0000"


def stored(
    *, status: str = "queued", direction: str = "outbound-api", error_code: int | None = None
) -> StoredMessage:
    return StoredMessage(
        sid="SM1",
        account_sid="AC1",
        direction=direction,
        status=status,
        to="+1",
        from_="+2",
        body="x",
        num_segments=1,
        error_code=error_code,
        created_at=NOON,
        updated_at=NOON,
        sent_at=None,
    )
