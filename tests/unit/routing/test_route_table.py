"""Which way a number goes."""

import pytest

from smsc.routing.table import RouteTable, Way


def way(prefix: str, connector: str, priority: int = 1, *, bound: bool = True) -> Way:
    return Way(prefix, priority, connector, bound, None, 0)


TABLE = RouteTable(
    [
        way("", "default"),
        way("855", "cambodia"),
        way("85512", "mobile"),
        way("1", "second", 2),
        way("1", "first", 1),
        way("44", "away", 1, bound=False),
        way("44", "there", 9),
        way("49", "near", 1, bound=False),
        way("49", "far", 2, bound=False),
    ]
)


@pytest.mark.parametrize(
    ("number", "connector"),
    [
        ("+85512345678", "mobile"),
        ("85512345678", "mobile"),
        ("+85523345678", "cambodia"),
        ("+33123456789", "default"),
        ("+15555550100", "first"),
        ("+447700900000", "there"),
        ("+4915100000000", "near"),
        ("8", "default"),
    ],
    ids=[
        "longest prefix",
        "without a plus",
        "shorter prefix",
        "default",
        "least priority number",
        "a bound connector first",
        "by priority when none is bound",
        "shorter than the prefixes",
    ],
)
def test_a_number_goes_by(number: str, connector: str) -> None:
    found = TABLE.find(number)
    assert found is not None
    assert found.connector_sid == connector


def test_without_a_default_other_numbers_have_no_way() -> None:
    assert RouteTable([way("855", "cambodia")]).find("+33123456789") is None
    assert RouteTable([]).find("+33123456789") is None
