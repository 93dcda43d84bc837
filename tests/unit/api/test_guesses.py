import pytest

from api.guesses import Guesses
from smsc.errors.doors import TooManyGuesses

HOST, OTHER = "203.0.113.7", "198.51.100.9"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(clock)


def is_shut(guesses: Guesses, host: str, name: str) -> bool:
    try:
        guesses.require_calm(host, name)
    except TooManyGuesses as refusal:
        return refusal.retry_after_seconds > 0
    return False


def test_ten_wrong_passwords_shut_an_address_out_of_that_name_alone(guesses: Guesses) -> None:
    for _ in range(9):
        guesses.failed(HOST, "AC1")
    assert not is_shut(guesses, HOST, "AC1")
    guesses.failed(HOST, "AC1")
    assert is_shut(guesses, HOST, "AC1")
    assert not is_shut(guesses, HOST, "AC2")
    assert not is_shut(guesses, OTHER, "AC1")


def test_twenty_names_shut_an_address_out_of_all(guesses: Guesses) -> None:
    for number in range(20):
        assert not is_shut(guesses, HOST, "AC1")
        guesses.failed(HOST, f"AC{number:032}")
    assert is_shut(guesses, HOST, "AC1")
    assert not is_shut(guesses, OTHER, "AC1")


def test_a_minute_later_the_door_opens(guesses: Guesses, clock: Clock) -> None:
    for _ in range(10):
        guesses.failed(HOST, "AC1")
    clock.now += 59
    assert is_shut(guesses, HOST, "AC1")
    clock.now += 1
    assert not is_shut(guesses, HOST, "AC1")


def test_a_site_with_many_ipv6_addresses_is_one(guesses: Guesses) -> None:
    for number in range(10):
        guesses.failed(f"2001:db8::{number}", "AC1")
    assert is_shut(guesses, "2001:db8::ffff", "AC1")
    assert not is_shut(guesses, "2001:db8:0:1::1", "AC1")
