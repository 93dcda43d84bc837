import pytest

from smsc.smpp.throttle import Throttle


def sent_until(throttle: Throttle, end: float) -> list[float]:
    """Send as early as the throttle allows; return the times."""
    now, times = 0.0, []
    while now < end:
        allowed = throttle.available(now)
        assert allowed is not None
        if allowed:
            throttle.take(1, now)
            times.append(now)
        else:
            later = throttle.next_at(now)
            assert later > now
            now = later
    return times


def test_a_tenth_a_second_is_one_each_ten_seconds() -> None:
    assert sent_until(Throttle(0.1), 100) == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_a_slow_rate_saves_nothing_up() -> None:
    throttle = Throttle(0.1)
    throttle.take(1, 0)
    assert throttle.available(1000) == 1
    throttle.take(1, 1000)
    assert (throttle.available(1009.9), throttle.available(1010)) == (0, 1)


@pytest.mark.parametrize("rate", [0.25, 1, 3, 10, 33.3, 100, 1000])
def test_a_minute_carries_a_minutes_worth(rate: float) -> None:
    sent = len(sent_until(Throttle(rate), 60))
    assert rate * 60 <= sent <= rate * 60.05 + 1


@pytest.mark.parametrize(
    ("rate", "at_once"), [(0.5, 1), (1, 1), (10, 1), (20, 2), (100, 6), (1000, 51)]
)
def test_a_rested_bind_sends_at_most_fifty_milliseconds_worth_at_once(
    rate: float, at_once: int
) -> None:
    assert Throttle(rate).available(5) == at_once


def test_a_late_wake_up_costs_no_rate() -> None:
    throttle, sent = Throttle(10), 0
    for step in range(100):
        now = step * 0.1 + (0.04 if step % 2 else 0)  # every second wake-up is late
        allowed = throttle.available(now)
        assert allowed is not None
        throttle.take(allowed, now)
        sent += allowed
    assert sent == 100


def test_a_batch_is_worth_waiting_for() -> None:
    throttle = Throttle(1000)
    throttle.take(51, 0)
    at = throttle.next_at(0, segments=20)
    assert at == pytest.approx(0.020)
    assert throttle.available(at + 1e-6) == 20


def test_no_rate_is_no_limit() -> None:
    throttle = Throttle(None)
    throttle.take(1_000_000, 0)
    assert throttle.available(0) is None
    assert throttle.next_at(5) == 5


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="sends nothing"):
        Throttle(0)


def test_a_throttled_bind_slows_down_and_recovers() -> None:
    throttle = Throttle(100)
    throttle.throttled(0)
    assert throttle.current_rate(0) == 93
    throttle.take(400, 0)
    assert throttle.current_rate(0.4) == pytest.approx(97)
    assert throttle.current_rate(4.4) == pytest.approx(99)
    assert throttle.current_rate(60) == 100


def test_a_slow_bind_recovers_by_what_it_sends_not_by_the_hour() -> None:
    throttle = Throttle(0.1)
    throttle.throttled(0)
    assert throttle.current_rate(3600) == pytest.approx(0.093)
    throttle.take(1, 3600)
    assert throttle.current_rate(3600) == pytest.approx(0.095)


def test_the_refusals_of_one_burst_count_once() -> None:
    throttle = Throttle(100)
    for _ in range(50):
        throttle.throttled(0.1)
    assert throttle.current_rate(0.1) == 93


def test_what_was_sent_before_the_decrease_is_no_reason_for_another() -> None:
    throttle = Throttle(100)
    throttle.throttled(5, sent_at=0)
    throttle.throttled(9, sent_at=4)
    assert throttle.current_rate(9) == 93


def test_a_seconds_quota_that_is_used_up_is_waited_out_and_tells_no_rate() -> None:
    throttle = Throttle(100)
    throttle.throttled(1)
    throttle.throttled(1.1)
    assert throttle.current_rate(1.1) == 93
    assert throttle.next_at(1.1) == pytest.approx(1.30)  # a quarter later, less the catch-up


def test_a_bind_far_too_fast_slows_down_steeply() -> None:
    throttle = Throttle(100)
    throttle.throttled(0)
    throttle.throttled(1.5)
    rate = throttle.current_rate(1.5)
    assert rate is not None
    assert 40 < rate < 50


def test_an_unlimited_bind_starts_from_what_it_sent() -> None:
    throttle = Throttle(None)
    throttle.take(200, 0)
    throttle.throttled(0.5)
    assert throttle.current_rate(0.5) == 186
    throttle.take(10_000, 0.5)
    assert throttle.current_rate(10_000) is None


def test_a_throttled_bind_never_passes_its_own_rate() -> None:
    throttle = Throttle(0.05)
    throttle.throttled(0)
    rate = throttle.current_rate(0)
    assert rate is not None
    assert rate <= 0.05


def test_a_full_queue_pauses_the_bind_longer_each_time() -> None:
    throttle = Throttle(100)
    throttle.queue_full(0)
    assert (throttle.available(0.9), throttle.next_at(0.9)) == (0, 1)
    throttle.queue_full(0.5)  # of the same window
    assert throttle.available(1) == 6
    throttle.queue_full(1)
    assert throttle.next_at(1) == 3


def test_a_full_queue_changes_no_rate() -> None:
    throttle = Throttle(100)
    throttle.queue_full(0)
    assert throttle.current_rate(0) == 100


def test_an_accepted_segment_ends_the_growth_of_pauses() -> None:
    throttle = Throttle(None)
    throttle.queue_full(0)
    throttle.accepted(0.5)  # written before the pause: says nothing
    throttle.queue_full(1)
    assert throttle.next_at(1) == 3
    throttle.accepted(3)
    throttle.queue_full(3)
    assert throttle.next_at(3) == 4
