"""Conversations: threads by number pair, what was written in one, and an answer to it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.languages import gettext as _
from api.dashboard.messages import typed_number
from api.dashboard.rendering import render
from api.dashboard.sending import send
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import services
from smsc import sids
from smsc.errors import BadParameter
from smsc.messaging.reading import conversations
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading

_CONVERSATIONS: Final = 40
_LINES: Final = 30


async def show(request: Request, visitor: Visitor) -> Response:
    """List the latest conversations, of one handset if so asked."""
    house = services(request)
    theirs = request.query_params.get("with", "").strip()
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    found = await conversations.latest(
        house.confined, visitor.reach, limit=_CONVERSATIONS, theirs=typed_number(theirs)
    )
    return render(
        "conversations.html",
        visitor,
        conversations=found,
        theirs=theirs,
        names=names,
        many_accounts=len(names.accounts) > 1,
        address=address,
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show what a pair wrote each other, the latest at the end.

    Raises:
        NotFound: nothing was written in the visitor's reach.
        BadParameter: `before` is no message's SID.
    """
    house = services(request)
    query = request.query_params
    account, ours, theirs = (query.get(name, "") for name in ("account", "ours", "theirs"))
    before = query.get("before") or None
    if before is not None and not sids.is_sid(before, sids.Prefix.MESSAGE):
        raise BadParameter(_("%(name)s is not a message's SID.", name="before"))
    require(visitor.reach.sees_account(account), account)
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    require(account in names.accounts, account)
    lines = await conversations.lines(
        house.confined, account, ours, theirs, limit=_LINES + 1, before=before
    )
    require(bool(lines), theirs)
    shown = lines[:_LINES]
    return render(
        "conversation.html",
        visitor,
        account=account,
        account_name=names.accounts[account],
        ours=ours,
        theirs=theirs,
        lines=shown[::-1],
        older=address(account, ours, theirs, shown[-1].sid) if len(lines) > _LINES else None,
        latest=address(account, ours, theirs) if before else None,
        may_answer=visitor.reach.may_send_for(account),
    )


async def answer(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Write to the other side, from the number that it knows.

    Raises:
        GatewayError: it can't be sent.
    """
    account, ours, theirs = (form.get(name, "") for name in ("account", "ours", "theirs"))
    await send(
        services(request), visitor, account, to=theirs, sender=ours, body=form.get("body", "")
    )
    return see_other(address(account, ours, theirs))


def address(account: str, ours: str, theirs: str, before: str = "") -> str:
    """Return the URL of a conversation, of its older part with `before`."""
    facts = {"account": account, "ours": ours, "theirs": theirs} | (
        {"before": before} if before else {}
    )
    return f"/conversation?{urlencode(facts)}"
