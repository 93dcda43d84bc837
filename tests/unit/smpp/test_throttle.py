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
    assert throttle.current_rate(0) == 90
    assert throttle.current_rate(5) == pytest.approx(95)
    assert throttle.current_rate(60) == 100


def test_the_refusals_of_one_burst_count_once() -> None:
    throttle = Throttle(100)
    for _ in range(50):
        throttle.throttled(0.1)
    assert throttle.current_rate(0.1) == 90


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
    assert throttle.current_rate(0.5) == 180
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


def test_a_hidden_limit_is_found_and_nearly_used() -> None:
    """A peer with a bucket of its own takes 50/s; the bind believes in 500/s."""
    throttle, limit, step = Throttle(500), 50.0, 0.01
    tokens = limit
    accepted: list[float] = []
    refused: list[float] = []
    for tick in range(int(300 / step)):
        now = tick * step
        tokens = min(limit, tokens + limit * step)
        allowed = throttle.available(now)
        assert allowed is not None
        throttle.take(allowed, now)
        for _ in range(allowed):
            if tokens >= 1:
                tokens -= 1
                accepted.append(now)
            else:
                refused.append(now)
                throttle.throttled(now)
    assert len(accepted) >= 0.95 * limit * 300
    assert len([at for at in refused if at > 10]) <= 0.01 * len(accepted)
