"""How long a child that died waits for its next start."""

from smsc.cli.child import next_delay


def test_delays_double_from_half_a_second_up_to_thirty() -> None:
    delay, delays = 0.0, []
    for _ in range(8):
        delay = next_delay(delay, lasted=0.1)
        delays.append(delay)
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_ran_for_a_minute_starts_again_at_once() -> None:
    assert next_delay(30, lasted=60) == 0.5


def test_a_child_that_ran_for_less_does_not() -> None:
    assert next_delay(16, lasted=59) == 30
