"""Opt-outs: who takes no messages of a sender or service; listed, added, removed, CSV."""

from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.dashboard.forms import account_in, after_in, chosen_account
from api.dashboard.messages import typed_number
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import services
from smsc.provisioning import accounts, opt_outs, sender_choices
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 50
_MOST_SCOPES: Final = 300


async def show(request: Request, visitor: Visitor) -> Response:
    """List an account's opt-outs, of one sender, service or handset if so asked.

    Raises:
        NotFound: the account is out of reach.
    """
    house, query = services(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in ("scope", "handset")}
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        account = chosen_account(query.get("account"), names.accounts)
        scopes = await sender_choices.of_account(db, account, limit=_MOST_SCOPES)
        found = await opt_outs.carrier_page(
            db,
            visitor.reach.carrier_sid,
            account,
            limit=_ROWS,
            after=after_in(query),
            scope=asked["scope"] or None,
            handset=typed_number(asked["handset"]),
        )
    kept = {name: value for name, value in (asked | {"account": account}).items() if value}
    return render(
        "opt_outs.html",
        visitor,
        opt_outs=found.items,
        account=account,
        asked=asked,
        names=names,
        scopes=scopes,
        scope_names={one.value: one.name for one in scopes if one.is_service},
        older=f"/opt-outs?{urlencode(kept | {'after': found.after})}" if found.after else None,
        csv=f"/opt-outs/csv?{urlencode({'account': account, 'scope': asked['scope']})}",
        may_change=visitor.reach.keeps_account(account),
    )


async def add(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Opt one handset out.

    Raises:
        NotFound: the account isn't the visitor's to keep, or hasn't the sender.
        InvalidDestination: no number.
    """
    house, account = services(request), account_in(form, visitor)
    scope = form.get("scope", "")
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
        await opt_outs.require_scope(db, account, scope)
        handset = form.get("handset", "")
        await opt_outs.add(db, visitor.reach.carrier_sid, account, scope, handset)
    log.info("opt_out.added", by=visitor.user.sid, scope=scope)
    return see_other(_list_of(account), "added")


async def remove(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Let a handset get messages again.

    Raises:
        NotFound: the account isn't the visitor's to keep, or has no such opt-out.
    """
    house, account = services(request), account_in(form, visitor)
    sid = request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
        await opt_outs.remove(db, account, None, sid)
    log.info("opt_out.removed", by=visitor.user.sid, sid=sid)
    return see_other(_list_of(account), "removed")


async def take_csv(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Opt out every handset of a CSV file: all or none.

    Raises:
        NotFound: the account isn't the visitor's to keep, or hasn't the sender.
        BadParameter: the file can't be read.
    """
    house, account = services(request), account_in(form, visitor)
    scope, text = form.get("scope", ""), form.get("csv", "")
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
        await opt_outs.require_scope(db, account, scope)
        count = await opt_outs.add_all(db, visitor.reach.carrier_sid, account, scope, text)
    log.info("opt_outs.imported", by=visitor.user.sid, scope=scope, count=count)
    return see_other(_list_of(account), "imported", count)


async def give_csv(request: Request, visitor: Visitor) -> Response:
    """Return an account's opt-outs as CSV, oldest first.

    Raises:
        NotFound: the account is out of reach.
    """
    house, query = services(request), request.query_params
    account, scope = query.get("account", ""), query.get("scope") or None
    require(visitor.reach.sees_account(account), account)
    async with reading(house.database) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)

    async def lines() -> AsyncIterator[str]:
        async with reading(house.database) as db:
            async for line in opt_outs.export(db, account, scope):
                yield line

    headers = {"Content-Disposition": 'attachment; filename="opt-outs.csv"'}
    return StreamingResponse(lines(), media_type="text/csv", headers=headers)


def _list_of(account: str) -> str:
    return f"/opt-outs?{urlencode({'account': account})}"
