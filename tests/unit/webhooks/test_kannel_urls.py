from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsc.webhooks import kannel
from smsc.webhooks.kannel import Told

TOLD = Told(
    event="delivered",
    message_sid="SM1",
    account_sid="AC1",
    to="+85512345678",
    from_="1294",
    body="JOIN the club, ភ្នំពេញ & more",
    error_code=None,
    at=datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("marks", "filled"),
    [
        ("status=%d&to=%P&from=%p", "status=1&to=%2B85512345678&from=1294"),
        ("to=%Q&id=%I&ts=%T", "to=0085512345678&id=SM1&ts=1769862600"),
        ("at=%t", "at=2026-01-31%2012%3A30"),
        ("key=%k&next=%s", "key=JOIN&next=the"),
        ("coding=%c&charset=%C", "coding=2&charset=UTF-8"),
        ("answer=%A", "answer=stat%3ADELIVRD"),
        ("kept=%20%2B%z", "kept=%20%2B%z"),
        ("percent=%%", "percent=%"),
    ],
)
def test_marks_are_filled_in_and_escaped(marks: str, filled: str) -> None:
    url = kannel.wrap(f"http://host/dlr?{marks}", 31)
    assert kannel.filled(url, TOLD) == f"http://host/dlr?{filled}"


def test_a_text_is_utf_8() -> None:
    url = kannel.filled(kannel.wrap("http://host/?t=%a", 0), replace(TOLD, body="ភ"))
    assert url == "http://host/?t=%E1%9E%97"


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [
        (31, {"sent", "delivered", "undelivered", "failed"}),
        (3, {"delivered", "undelivered"}),
        (8, {"sent"}),
        (16, {"failed"}),
    ],
)
def test_a_mask_says_which_reports_are_wanted(mask: int, wanted: set[str]) -> None:
    url = kannel.wrap("http://host/", mask)
    events = {"sent", "delivered", "undelivered", "failed"}
    assert {event for event in events if kannel.is_wanted(url, event)} == wanted
    assert kannel.is_wanted("http://host/", "sent")
    assert kannel.is_wanted(kannel.wrap("http://host/", 0), "received")


def test_a_posted_message_has_no_header_that_breaks_out() -> None:
    body, headers = kannel.posted(replace(TOLD, from_="A\r\nX: y"))
    assert body == TOLD.body.encode()
    assert dict(headers)["X-Kannel-From"] == "A??X: y"
