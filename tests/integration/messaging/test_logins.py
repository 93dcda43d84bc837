"""Who has just logged in is known again, for as long as what was checked still holds."""

import pytest

from api.logins import Ask, Caller, Logins
from smsc.messaging.directory import AccountFacts
from tests.integration.conftest import House

ASK = Ask("Basic b25l", "192.0.2.1", None)


@pytest.fixture
async def account(house: House) -> AccountFacts:
    account = await house.directory.account(house.account.sid)
    assert account is not None
    return account


async def test_the_same_credentials_from_the_same_address_are_known(
    house: House, account: AccountFacts
) -> None:
    logins = Logins(house.directory)
    kept = logins.keep(ASK, account.sid, Caller(account, account, None))
    assert logins.find(ASK) is kept
    assert kept.actor.origin == "192.0.2.1"


async def test_what_came_is_not_kept(house: House, account: AccountFacts) -> None:
    logins = Logins(house.directory)
    logins.keep(ASK, account.sid, Caller(account, account, None))
    assert str(ASK.authorization) not in repr(vars(logins))


@pytest.mark.parametrize(
    "other",
    [
        ASK._replace(authorization="Basic dHdv"),
        ASK._replace(authorization=None),
        ASK._replace(host="192.0.2.2"),
        ASK._replace(account_sid="AC" + "0" * 32),
    ],
    ids=["other credentials", "none", "another address", "another account"],
)
async def test_any_other_is_not(house: House, account: AccountFacts, other: Ask) -> None:
    logins = Logins(house.directory)
    logins.keep(ASK, account.sid, Caller(account, account, None))
    assert logins.find(other) is None


async def test_a_login_ends_when_a_change_is_announced(house: House, account: AccountFacts) -> None:
    logins = Logins(house.directory)
    logins.keep(ASK, account.sid, Caller(account, account, None))
    house.directory.clear()
    assert logins.find(ASK) is None
    await house.directory.account(account.sid)  # the same facts, read anew: checked anew
    assert logins.find(ASK) is None


async def test_a_login_at_a_subaccount_ends_with_that(house: House, account: AccountFacts) -> None:
    logins = Logins(house.directory)
    gone = AccountFacts("AC" + "0" * 32, account.carrier_sid, "active", "", owner_sid=account.sid)
    logins.keep(ASK, account.sid, Caller(account, gone, None))
    assert logins.find(ASK) is None
