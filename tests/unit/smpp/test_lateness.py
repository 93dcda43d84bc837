"""Whether what got no response arrived: by what else is answered, or asked."""

from datetime import timedelta

import pytest

from smsc.smpp.lateness import Lateness, Verdict
from smsc.smpp.timers import TimerSettings

SETTINGS = TimerSettings(
    response=timedelta(seconds=60), enquire_link_response=timedelta(seconds=10)
)


@pytest.fixture
def lateness() -> Lateness:
    return Lateness(SETTINGS)


def test_of_what_is_late_alone_nothing_is_known(lateness: Lateness) -> None:
    assert lateness.judge(160, now=160) is Verdict.ASK
    assert lateness.judge(160, now=169) is Verdict.WAIT
    assert lateness.judged_at(160) == 170


def test_what_was_written_before_something_that_is_answered_has_arrived(lateness: Lateness) -> None:
    lateness.answered(161)
    assert lateness.judge(160, now=162) is Verdict.ARRIVED


def test_an_answer_to_something_earlier_says_nothing(lateness: Lateness) -> None:
    lateness.answered(159)
    assert lateness.judge(160, now=160) is Verdict.ASK


def test_the_answer_to_our_question_says_that_all_before_it_has_arrived(lateness: Lateness) -> None:
    assert lateness.judge(160, now=160) is Verdict.ASK
    lateness.enquired(160)
    lateness.enquiry_answered()
    assert lateness.judged_at(160) == 160
    assert lateness.judge(160, now=161) is Verdict.ARRIVED
    assert lateness.judge(221, now=221) is Verdict.ASK  # written at 161, behind it


def test_who_leaves_our_question_too_had_its_time(lateness: Lateness) -> None:
    assert lateness.judge(160, now=160) is Verdict.ASK
    assert lateness.judge(160, now=170) is Verdict.LEFT
    assert not lateness.is_asking


def test_a_question_is_over_once_nothing_is_late(lateness: Lateness) -> None:
    assert lateness.judge(160, now=160) is Verdict.ASK
    lateness.in_time()
    assert lateness.judge(180, now=180) is Verdict.ASK
