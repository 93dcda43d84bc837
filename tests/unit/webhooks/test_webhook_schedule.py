"""The durable schedule, and how tries are dated and annotated."""

from datetime import UTC, datetime, timedelta

import pytest

from smsc.webhooks.delivery import SCHEDULE, attempts_of, retry_in
from smsc.webhooks.outcome import Failure, WebhookOutcome

END = datetime(2026, 1, 1, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "shortest", "longest"),
    [
        (0, timedelta(seconds=4.5), timedelta(seconds=5.5)),
        (3, timedelta(hours=1.8), timedelta(hours=2.2)),
        (8, timedelta(hours=21.6), timedelta(hours=26.4)),
    ],
)
def test_a_retry_lies_within_its_jitter(
    tries: int, shortest: timedelta, longest: timedelta
) -> None:
    assert retry_in(tries, 0.0) == shortest
    assert retry_in(tries, 1.0) == longest


def test_after_the_last_retry_there_is_none() -> None:
    assert retry_in(len(SCHEDULE), 0.5) is None


def took(seconds: int) -> WebhookOutcome:
    return WebhookOutcome("http://a/", duration=timedelta(seconds=seconds))


def test_tries_come_oldest_first_and_are_dated_back_from_the_end() -> None:
    attempts = attempts_of(took(1)._replace(earlier=(took(3), took(2))), END)
    assert [(END - attempt.at).seconds for attempt in attempts] == [6, 3, 1]


def test_notes_are_added_and_the_failure_s_code_stays() -> None:
    outcome = took(1)._replace(failure=Failure.STATUS, error="No.", warning=(11241, "ct is bad."))
    (attempt,) = attempts_of(outcome, END)
    assert (attempt.error_code, attempt.error) == (11200, "No. 11241: ct is bad.")


def test_the_first_note_gives_a_code_to_what_succeeded() -> None:
    (attempt,) = attempts_of(took(1), END)
    noted = attempt.noting([(12200, "What?"), (14103, "Empty.")])
    assert (noted.error_code, noted.error) == (12200, "12200: What? 14103: Empty.")
    assert attempt.noting([]) is attempt
