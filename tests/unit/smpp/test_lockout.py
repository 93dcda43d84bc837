"""Who guesses passwords waits."""

from datetime import timedelta

import pytest

from smsc.smpp.lockout import Lockout, LockoutSettings

THEM, OTHERS = "192.0.2.7", "192.0.2.8"


def guessing(lockout: Lockout, address: str, *times: float) -> list[bool]:
    return [lockout.failed(address, now) for now in times]


def test_the_fifth_wrong_password_in_a_minute_shuts_an_address_out() -> None:
    lockout = Lockout()
    assert guessing(lockout, THEM, 0, 10, 20, 30, 59) == [False, False, False, False, True]
    assert lockout.is_locked(THEM, 59)
    assert not lockout.is_locked(OTHERS, 59)


def test_five_in_more_than_a_minute_do_not() -> None:
    lockout = Lockout()
    assert not any(guessing(lockout, THEM, *range(0, 600, 15)))
    assert not lockout.is_locked(THEM, 600)


def test_it_is_over_after_five_minutes_and_counts_anew() -> None:
    lockout = Lockout()
    guessing(lockout, THEM, *range(5))
    assert lockout.is_locked(THEM, 303.9)
    assert not lockout.is_locked(THEM, 304)
    assert guessing(lockout, THEM, 305, 306, 307, 308, 309) == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::5", "2001:db8:0:1:ffff::9"),
    ],
    ids=["IPv4 in IPv6", "a site of IPv6"],
)
def test_who_has_many_addresses_is_one(address: str, same: str) -> None:
    lockout = Lockout()
    guessing(lockout, address, *range(5))
    assert lockout.is_locked(same, 5)


def test_another_site_is_another() -> None:
    lockout = Lockout()
    guessing(lockout, "2001:db8:0:1::5", *range(5))
    assert not lockout.is_locked("2001:db8:0:2::5", 5)


def test_no_number_of_addresses_costs_memory_without_end() -> None:
    lockout = Lockout(LockoutSettings(most_addresses=100))
    for number in range(1000):
        guessing(lockout, f"10.0.{number // 256}.{number % 256}", *range(5))
    assert len(lockout) == 100
    assert lockout.is_locked("10.0.3.231", 5)


def test_the_numbers_can_be_others() -> None:
    lockout = Lockout(LockoutSettings(2, within=timedelta(seconds=1), lasts=timedelta(seconds=2)))
    assert guessing(lockout, THEM, 0, 0.5) == [False, True]
    assert not lockout.is_locked(THEM, 2.5)
