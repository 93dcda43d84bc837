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


def rush(throttle: Throttle, most: int, round_trip: float = 0.002) -> float:
    """Send as much as the pace allows, and have it accepted; return when `most` are."""
    now = 0.0
    while most > 0:
        allowed = throttle.available(now)
        count = most if allowed is None else min(most, allowed)
        throttle.take(count, now)
        now += round_trip
        throttle.accepted(now, count)
        most -= count
    return now


def test_a_bind_that_is_never_refused_is_soon_without_a_limit() -> None:
    throttle = Throttle(None)
    assert throttle.available(0) == 11
    assert rush(throttle, 500) < 0.7
    ended = rush(throttle, 1000)
    assert (throttle.available(ended), throttle.most_in_flight) == (None, None)
    assert throttle.next_at(ended) == ended


def test_a_trickle_shows_nothing_of_what_a_peer_takes_in_a_rush() -> None:
    throttle = Throttle(None)
    for second in range(10_000):
        throttle.take(1, second)
        throttle.accepted(second + 0.01)
    assert throttle.available(20_000) == 11


def test_few_are_on_their_way_before_many_were_accepted() -> None:
    throttle = Throttle(None)
    assert throttle.most_in_flight == 10
    throttle.accepted(0.2, 200)
    assert throttle.most_in_flight == 60
    throttle.throttled(0.3)
    assert throttle.most_in_flight is None  # the rate sees to it


def test_who_refuses_the_first_segment_is_asked_again_within_seconds() -> None:
    throttle = Throttle(None)
    throttle.take(1, 0)
    throttle.throttled(0.01)
    assert throttle.next_at(0.01) <= 2.1


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


def test_a_bind_without_a_rate_starts_from_what_was_taken() -> None:
    throttle = Throttle(None)
    throttle.accepted(0, 100)
    throttle.accepted(0.5, 100)
    throttle.throttled(0.5)
    rate = throttle.current_rate(0.5)
    assert rate is not None
    assert 200 / 1.5 < rate < 200  # a second's worth at once and 0.5 s of it, or a second's quota
    throttle.take(100_000, 0.5)
    assert throttle.current_rate(10_000) is None


def test_what_was_taken_an_hour_ago_tells_no_rate() -> None:
    throttle = Throttle(None)
    throttle.accepted(0, 1000)
    throttle.throttled(3600)
    rate = throttle.current_rate(3600)
    assert rate is not None
    assert rate < 1


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
