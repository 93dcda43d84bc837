"""Which sender of a pool a recipient gets a message from."""

import pytest

from smsc.routing.sender_id_rules import SenderIdRule, SenderIdRules
from smsc.routing.senders import Load, PoolSender, fitting
from smsc.sms.address import AddressKind

NEAR = PoolSender("+15075550100", AddressKind.E164, "US")
FAR = PoolSender("+12125550100", AddressKind.E164, "US")
KHMER = PoolSender("+85512345000", AddressKind.E164, "KH")
CODE = PoolSender("1294", AddressKind.SHORT_CODE, None)
US_CODE = PoolSender("12940", AddressKind.SHORT_CODE, "US")
NAME = PoolSender("CLINIC", AddressKind.ALPHANUMERIC, None)


@pytest.mark.parametrize(
    ("pool", "to", "country", "by_area_code", "expected"),
    [
        ([NEAR, FAR, KHMER], "+85512345678", "KH", True, [KHMER]),
        ([NEAR, FAR, KHMER], "+15075550199", "US", True, [NEAR]),
        ([NEAR, FAR, KHMER], "+15075550199", "US", False, [NEAR, FAR]),
        ([NEAR, FAR], "+13055550199", "US", True, [NEAR, FAR]),
        ([NEAR, NAME], "+85512345678", "KH", True, [NAME]),
        ([KHMER, NAME], "+85512345678", "KH", True, [KHMER]),
        ([KHMER, NAME], "+15075550199", "US", True, [KHMER]),
        ([NAME], "+15075550199", "US", True, []),
        ([CODE], "+85512345678", "KH", True, [CODE]),
        ([US_CODE, NEAR], "+85512345678", "KH", True, [NEAR]),
        ([US_CODE], "+85512345678", "KH", True, []),
        ([NEAR], "+88312345678901", None, True, [NEAR]),
    ],
    ids=[
        "its country's",
        "its area code's",
        "no geomatch",
        "no number of its area",
        "a name abroad",
        "its country's before a name",
        "no name in the USA",
        "a name alone in the USA",
        "a short code of no country",
        "no foreign short code",
        "a foreign short code alone",
        "a number of no country",
    ],
)
def test_who_fits(
    pool: list[PoolSender],
    to: str,
    country: str | None,
    expected: list[PoolSender],
    *,
    by_area_code: bool,
) -> None:
    shows_names = SenderIdRules({}).of(country) is SenderIdRule.SHOWN
    fit = fitting(pool, to, country, by_area_code=by_area_code, shows_names=shows_names)
    assert list(fit) == expected


def test_load_is_spread_evenly_over_equals() -> None:
    load = Load()
    chosen = [load.pick([NEAR, FAR], 1, now=0.0) for _ in range(10)]
    assert chosen.count(NEAR) == chosen.count(FAR) == 5


def test_a_sender_of_ten_times_the_rate_gets_ten_times_the_load() -> None:
    load = Load()
    chosen = [load.pick([NEAR, NAME], 1, now=0.0) for _ in range(110)]
    assert chosen.count(NAME) == 100


def test_many_messages_are_dealt_out_as_they_are_picked_one_by_one() -> None:
    load = Load()
    dealt = load.deal([NEAR, NAME], 1100, 2200, now=0.0)
    assert len(dealt) == 1100
    assert 95 <= dealt.count(NEAR) <= 110
    assert load.pick([NAME, FAR], 1, now=100.0) == FAR  # it is busy for two segments a message


def test_long_messages_count_by_their_segments() -> None:
    load = Load()
    assert load.pick([NEAR, FAR], 3, now=0.0) == NEAR
    assert [load.pick([NEAR, FAR], 1, now=0.0) for _ in range(3)] == [FAR] * 3


def test_load_of_long_ago_is_forgotten() -> None:
    load = Load()
    load.pick([NEAR], 60, now=0.0)
    assert load.pick([NEAR, FAR], 1, now=61.0) == NEAR
