"""Address rules: how a connector wants numbers written, and how it writes them itself."""

import pytest

from smsc.sms.address import Address, AddressKind, SmppAddress
from smsc.sms.address_rules import DEFAULT, InvalidAddressRules, parse_rules

MOBILE = Address("+85512345678", AddressKind.E164)
SHORT = Address("12345", AddressKind.SHORT_CODE)
NAME = Address("Clinic", AddressKind.ALPHANUMERIC)


@pytest.mark.parametrize(
    ("rules", "address", "written"),
    [
        ({}, MOBILE, SmppAddress("85512345678", 1, 1)),
        ({"plus": True}, MOBILE, SmppAddress("+85512345678", 1, 1)),
        ({"international": {"ton": 0, "npi": 0}}, MOBILE, SmppAddress("85512345678", 0, 0)),
        ({"rewrite": [{"prefix": "+855", "to": "0"}]}, MOBILE, SmppAddress("012345678", 2, 1)),
        (
            {"rewrite": [{"prefix": "+855", "to": "0"}], "national": {"ton": 0, "npi": 1}},
            MOBILE,
            SmppAddress("012345678", 0, 1),
        ),
        (
            {"rewrite": [{"prefix": "+855", "to": "0"}, {"prefix": "+85512", "to": "+999"}]},
            MOBILE,
            SmppAddress("999345678", 1, 1),
        ),
        ({"rewrite": [{"prefix": "+", "to": "00"}]}, MOBILE, SmppAddress("0085512345678", 2, 1)),
        ({}, SHORT, SmppAddress("12345", 0, 1)),
        ({"short_code": {"ton": 6, "npi": 0}}, SHORT, SmppAddress("12345", 6, 0)),
        ({}, NAME, SmppAddress("Clinic", 5, 0)),
        ({"alphanumeric": {"ton": 5, "npi": 1}, "plus": True}, NAME, SmppAddress("Clinic", 5, 1)),
    ],
    ids=[
        "3.22 default: plus stripped, TON 1 NPI 1",
        "3.22 plus kept",
        "TON and NPI of international numbers",
        "rewritten to national",
        "rewritten with a TON of its own",
        "the longest prefix wins and may stay international",
        "international prefix in place of the plus",
        "3.22 short code",
        "short code with a TON",
        "3.22 alphanumeric is TON 5 NPI 0",
        "alphanumeric with a plan",
    ],
)
def test_an_address_is_written_as_the_connector_wants_it(
    rules: dict[str, object], address: Address, written: SmppAddress
) -> None:
    assert parse_rules(rules).write(address) == written


@pytest.mark.parametrize(
    ("rules", "received", "read"),
    [
        ({}, ("85512345678", 1, 1), "+85512345678"),
        ({"rewrite": [{"prefix": "+855", "to": "0"}]}, ("012345678", 0, 1), "+85512345678"),
        ({"rewrite": [{"prefix": "+855", "to": "0"}]}, ("012345678", 2, 1), "+85512345678"),
        ({"rewrite": [{"prefix": "+855", "to": "0"}]}, ("85512345678", 1, 1), "+85512345678"),
        ({"read": [{"prefix": "0", "to": "+855"}]}, ("012345678", 0, 0), "+85512345678"),
        ({"read": [{"prefix": "0", "to": "+855"}]}, ("Clinic", 5, 0), "Clinic"),
    ],
    ids=[
        "no rules",
        "a rewrite is undone",
        "undone for TON national",
        "not undone for what is international",
        "a rule for reading alone",
        "names stay",
    ],
)
def test_an_address_is_read_back(
    rules: dict[str, object], received: tuple[str, int, int], read: str
) -> None:
    assert parse_rules(rules).read(*received) == read


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"ton": 1}, "'ton' is no address rule"),
        ({"plus": "yes"}, "'plus' is true"),
        ({"international": 1}, "'international' is an object"),
        ({"international": {"ton": 8, "npi": 1}}, "ton of 'international' is a number from 0 to 7"),
        ({"national": {"ton": True, "npi": 1}}, "ton of 'national'"),
        ({"rewrite": {}}, "'rewrite' is a list"),
        ({"rewrite": [{"prefix": "+855"}]}, "has a 'prefix' and a 'to'"),
        ({"rewrite": [{"prefix": "", "to": "0"}]}, "no empty prefix"),
        ({"read": [{"prefix": "0 ", "to": "0"}]}, "is no beginning of a number"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_reason(
    rules: dict[str, object], why: str
) -> None:
    with pytest.raises(InvalidAddressRules, match=why):
        parse_rules(rules)


def test_no_rules_are_the_default() -> None:
    assert parse_rules({}) is DEFAULT
