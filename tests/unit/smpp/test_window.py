import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.smpp.window import LAST_SEQUENCE_NUMBER, Window


def test_numbers_rise_from_one() -> None:
    window: Window[str] = Window(2)
    assert [window.next_sequence_number() for _ in range(3)] == [1, 2, 3]


def test_numbers_wrap_and_skip_those_in_flight() -> None:
    window: Window[str] = Window(2, last=LAST_SEQUENCE_NUMBER - 1)
    window.put(1, "a", 10)
    assert [window.next_sequence_number() for _ in range(2)] == [LAST_SEQUENCE_NUMBER, 2]


def test_an_answered_request_gives_its_key_and_its_place() -> None:
    window: Window[str] = Window(1)
    window.put(5, "a", 10)
    assert (window.free, 5 in window) == (0, True)
    assert window.pop(5) == "a"
    assert (window.free, 5 in window) == (1, False)


def test_a_full_window_takes_no_more() -> None:
    window: Window[str] = Window(1)
    window.put(5, "a", 10)
    with pytest.raises(ValueError, match="no place"):
        window.put(6, "b", 10)


def test_a_number_in_flight_is_not_used_twice() -> None:
    window: Window[str] = Window(2)
    window.put(5, "a", 10)
    with pytest.raises(ValueError, match="no place"):
        window.put(5, "b", 10)


def test_what_is_late_comes_out_in_order_and_the_rest_stays() -> None:
    window: Window[str] = Window(3)
    for number, (key, deadline) in enumerate([("a", 10.0), ("b", 11.0), ("c", 12.0)], 1):
        window.put(number, key, deadline)
    assert window.next_deadline() == 10
    assert window.expired(11) == ["a", "b"]
    assert window.next_deadline() == 12
    assert window.drain() == ["c"]
    assert window.next_deadline() is None


def test_a_window_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lets nothing through"):
        Window(0)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_the_window_is_never_exceeded_and_loses_no_key(steps: list[bool], size: int) -> None:
    window: Window[int] = Window(size)
    put: list[int] = []
    out: list[int] = []
    for step in steps:
        if step and window.free:
            number = window.next_sequence_number()
            window.put(number, number, float(number))
            put.append(number)
        elif len(window):
            out.append(window.pop(put[len(out)]))
        assert len(window) <= size
    assert out + window.drain() == put
