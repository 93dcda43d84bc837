import pytest

from smsc.smpp.backoff import Backoff
from smsc.smpp.pdu import CommandStatus


def no_jitter(low: float, _high: float) -> float:
    return low


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(no_jitter)
    assert [backoff.failed() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_jitter_lengthens_by_up_to_a_quarter() -> None:
    backoff = Backoff(lambda _low, high: high)
    assert backoff.failed() == 1.25


@pytest.mark.parametrize(
    "status", [CommandStatus.ESME_RINVPASWD, CommandStatus.ESME_RINVSYSID], ids=lambda s: s.name
)
def test_wrong_credentials_are_tried_once_a_minute_after_the_fifth_time(status: int) -> None:
    backoff = Backoff(no_jitter)
    assert [backoff.refused(status) for _ in range(7)] == [1, 2, 4, 8, 60, 60, 60]


def test_a_temporary_refusal_counts_as_a_failure() -> None:
    backoff = Backoff(no_jitter)
    assert [backoff.refused(CommandStatus.ESME_RALYBND), backoff.failed()] == [1, 2]


def test_a_proven_session_starts_the_delays_anew() -> None:
    backoff = Backoff(no_jitter)
    for _ in range(5):
        backoff.failed()
    assert backoff.lost(bound_seconds=3600) == 1


def test_a_peer_that_closes_after_each_bind_is_a_failing_one() -> None:
    backoff = Backoff(no_jitter)
    assert [backoff.lost(bound_seconds=0.1) for _ in range(4)] == [1, 2, 4, 8]


def test_a_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(no_jitter)
    assert [backoff.failed() for _ in range(2000)][-1] == 60
