"""Sends one message, and shows its segments and cost while it is typed."""

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.drawing import Drawing, draw
from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.sending import account_of, send
from api.dashboard.visitors import Visitor, see_other
from api.deps import Services, services
from smsc.errors import GatewayError
from smsc.messaging.accept.reckoning import Reckoning, reckon
from smsc.provisioning import sender_choices
from smsc.provisioning.names import names_of
from smsc.provisioning.sender_choices import SenderChoice
from smsc.provisioning.transaction import reading
from smsc.sms import segments

_MOST_SENDERS: Final = 300  # a page stays under 100 KB
_MOST_KEY: Final = 64
_FIELDS: Final = ("account", "sender", "to", "body", "smart")


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the form, filled in as the URL has it."""
    asked = {name: request.query_params.get(name, "") for name in _FIELDS}
    return await _page(request, visitor, asked)


async def enter(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Send it and go to its page; what is refused is shown in the form again.

    Raises:
        NotFound: the account is out of the visitor's reach.
    """
    asked = {name: form.get(name, "") for name in _FIELDS}
    house = services(request)
    await account_of(house, visitor, asked["account"])
    try:
        sid = await send(
            house,
            visitor,
            asked["account"],
            to=asked["to"],
            sender=asked["sender"],
            body=asked["body"],
            smart_encoded=bool(asked["smart"]),
            key=form.get("key", "")[:_MOST_KEY],
        )
    except GatewayError as refusal:
        return await _page(request, visitor, asked, refusal)
    return see_other(f"/messages/{sid}")


async def count(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Return, as a part of the page, how the text would be cut and what that would cost."""
    asked = {name: form.get(name, "") for name in _FIELDS}
    drawn, told = await _reckoned(services(request), visitor, asked)
    return render("reckoning.html", visitor, drawn=drawn, told=told)


async def _page(
    request: Request,
    visitor: Visitor,
    asked: Mapping[str, str],
    refusal: GatewayError | None = None,
) -> Response:
    house = services(request)
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        accounts = {
            sid: name for sid, name in names.accounts.items() if visitor.reach.may_send_for(sid)
        }
        account = asked["account"] or next(iter(accounts), "")
        senders: Sequence[SenderChoice] = ()
        if account in accounts:
            senders = await sender_choices.of_account(db, account, limit=_MOST_SENDERS)
    drawn, told = await _reckoned(house, visitor, asked)
    return render(
        "compose.html",
        visitor,
        status=HTTPStatus.OK if refusal is None else HTTPStatus(refusal.http_status),
        asked={**asked, "account": account},
        accounts=accounts,
        senders=senders,
        key=secrets.token_urlsafe(16),
        complaint="" if refusal is None else said(refusal.message),
        drawn=drawn,
        told=told,
    )


async def _reckoned(
    house: Services, visitor: Visitor, asked: Mapping[str, str]
) -> tuple[Drawing | None, list[str]]:
    body = asked["body"].replace("\r\n", "\n")
    if len(body) > segments.MAX_BODY_CHARACTERS:
        facts = {"number": len(body), "most": segments.MAX_BODY_CHARACTERS}
        return None, [_("The text is too long: %(number)s of %(most)s characters.", **facts)]
    found = await reckon(
        house.directory,
        visitor.reach.carrier_sid,
        to=asked["to"],
        body=body,
        smart_encoded=bool(asked["smart"]),
    )
    told = _told(found, sees_carrier=visitor.reach.sees_carrier)
    return (draw(found.body) if found.body else None), told


def _told(found: Reckoning, *, sees_carrier: bool) -> list[str]:
    """Say what is known of the way and of the price."""
    told = []
    if found.to is not None and found.way is None:
        told.append(_("No route leads to this number: it would be refused."))
    if found.way is not None and not found.way.bound and sees_carrier:
        told.append(_("The connector of its route is not bound: it would wait."))
    if found.price is not None:
        amount = f"{found.price.amount.normalize():f} {found.price.unit}"
        told.append(_("It costs %(amount)s.", amount=amount))
    return told
