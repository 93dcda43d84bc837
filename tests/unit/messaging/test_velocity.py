"""What is worth a look by the pumping guard, and what it then says."""

from datetime import timedelta

import pytest

from smsc.messaging.guard import velocity
from smsc.messaging.guard.evidence import Evidence, block_length, judge, widened
from smsc.messaging.guard.velocity import Scope, Velocity

ACCOUNT = "AC" + "0" * 32


def looks(numbers: list[str], *, is_code: bool = False, every: float = 1.0) -> list[Scope]:
    counting = Velocity()
    return [
        suspect.scope
        for place, to in enumerate(numbers)
        for suspect in counting.note(ACCOUNT, to, place * every, is_code=is_code)
    ]


def test_numbers_of_one_hundred_are_looked_at_from_the_eighth_on_each_fourth() -> None:
    assert len(looks([f"+372553000{n:02}" for n in range(20)])) == 4


def test_one_number_again_and_again_is_no_walk() -> None:
    assert looks(["+37255300001"] * 100) == []


def test_numbers_that_stand_far_apart_are_not_looked_at() -> None:
    assert looks([f"+37255{n * 100:06}" for n in range(1000)]) == []


def test_a_walk_that_takes_longer_than_a_day_begins_anew() -> None:
    numbers = [f"+372553000{n:02}" for n in range(14)]
    assert looks(numbers, every=timedelta(hours=4).total_seconds()) == []


def test_codes_are_looked_at_by_range_and_network() -> None:
    assert set(looks([f"+3725530{n * 100:04}" for n in range(16)], is_code=True)) == {
        Scope.RANGE,
        Scope.NETWORK,
    }


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(velocity, "MOST_COUNTED", 50)
    counting = Velocity()
    for number in range(500):
        counting.note(ACCOUNT, f"+37255{number * 100:06}", 0.0, is_code=False)
    assert len(counting._counts) <= 50


@pytest.mark.parametrize(
    ("scope", "sent", "confirmed", "guilty"),
    [
        (Scope.HUNDRED, 19, 0, False),
        (Scope.HUNDRED, 20, 0, True),
        (Scope.HUNDRED, 20, 3, True),
        (Scope.HUNDRED, 20, 4, False),
        (Scope.RANGE, 39, 0, False),
        (Scope.RANGE, 40, 1, True),
        (Scope.RANGE, 40, 2, False),
        (Scope.NETWORK, 1000, 49, True),
        (Scope.NETWORK, 1000, 50, False),
    ],
)
def test_a_suspect_is_guilty_when_many_are_written_to_and_few_confirm(
    scope: Scope,
    sent: int,
    confirmed: int,
    guilty: bool,  # noqa: FBT001 a case's value
) -> None:
    assert (judge(scope, Evidence(sent, confirmed)) is not None) is guilty


def test_blocks_double_up_to_half_a_day() -> None:
    hours = [block_length(times) / timedelta(hours=1) for times in (1, 2, 3, 5, 6, 99)]
    assert hours == [0.5, 1, 2, 8, 12, 12]


def test_around_a_hundred_stand_ten_thousand() -> None:
    assert widened("372553000") == "3725530"
