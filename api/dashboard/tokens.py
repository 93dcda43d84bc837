"""An account's auth tokens: shown to who asks, and rotated as at Twilio."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import chosen_account, developed_account_in
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, nobody_need_know, require, see_other
from api.deps import services
from smsc import audit
from smsc.audit import Deed
from smsc.models import Account
from smsc.provisioning import accounts, subaccounts
from smsc.provisioning.names import Names, names_of
from smsc.provisioning.transaction import changing, reading
from smsc.vault import Vault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of an account, opened; None: there is none."""

    primary: str
    secondary: str | None
    test_sid: str | None
    test: str | None

    @classmethod
    def of(cls, vault: Vault, account: Account) -> "Tokens":
        """Open an account's tokens."""
        second, test = account.secondary_token_sealed, account.test_token_sealed
        return cls(
            vault.open(account.auth_token_sealed),
            None if second is None else vault.open(second),
            account.test_sid,
            None if test is None else vault.open(test),
        )


async def show(request: Request, visitor: Visitor) -> Response:
    """Show which tokens there are, without them.

    Raises:
        NotFound: the account is out of reach.
    """
    names = await _names(request, visitor)
    return await _page(request, visitor, names, chosen_account(_asked(request), names.accounts))


async def reveal(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Show the tokens themselves.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
    """
    account = developed_account_in(form, visitor)
    async with changing(services(request).database, nobody_need_know) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
        await audit.note(db, Deed("shown", "auth token", account, account))
    return await _page(request, visitor, await _names(request, visitor), account, shown=True)


async def make_secondary(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a second token beside the first.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
    """
    house, account = services(request), developed_account_in(form, visitor)
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, visitor.reach.carrier_sid, account)
        await subaccounts.make_secondary_token(db, house.vault, account)
    log.info("secondary_token.created", by=visitor.user.sid, account_sid=account)
    return see_other(f"/tokens?account={account}", "added")


async def drop_secondary(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Delete the second token.

    Raises:
        NotFound: the account isn't the visitor's to develop for, or has none.
    """
    house, account = services(request), developed_account_in(form, visitor)
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, visitor.reach.carrier_sid, account)
        await subaccounts.drop_secondary_token(db, account)
    log.info("secondary_token.removed", by=visitor.user.sid, account_sid=account)
    return see_other(f"/tokens?account={account}", "removed")


async def promote(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make the second token the only one.

    Raises:
        NotFound: the account isn't the visitor's to develop for, or has none.
    """
    house, account = services(request), developed_account_in(form, visitor)
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, visitor.reach.carrier_sid, account)
        await subaccounts.promote_secondary_token(db, account)
    log.info("secondary_token.promoted", by=visitor.user.sid, account_sid=account)
    return see_other(f"/tokens?account={account}", "promoted")


async def _names(request: Request, visitor: Visitor) -> Names:
    async with reading(services(request).database) as db:
        return await names_of(db, visitor.reach)


async def _page(
    request: Request, visitor: Visitor, names: Names, account: str, *, shown: bool = False
) -> Response:
    house = services(request)
    async with reading(house.database) as db:
        found = await accounts.get(db, visitor.reach.carrier_sid, account)
    may_change = visitor.reach.develops_for(account)
    require(may_change or not shown, account)
    return render(
        "tokens.html",
        visitor,
        account=account,
        names=names,
        has_secondary=found.secondary_token_sealed is not None,
        tokens=Tokens.of(house.vault, found) if shown else None,
        may_change=may_change,
    )


def _asked(request: Request) -> str | None:
    return request.query_params.get("account")
