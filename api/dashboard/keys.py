"""API keys of an account: listed, made, revoked."""

from collections.abc import Mapping
from typing import Final

import structlog
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import after_in, checked, chosen_account, developed_account_in
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from api.permissions import KNOWN, is_known
from smsc.errors import BadParameter
from smsc.models import KeyKind
from smsc.provisioning import accounts, api_keys, kannel_users, smpp_credentials
from smsc.provisioning.accounts import Rate
from smsc.provisioning.fields import Input, Label, Network
from smsc.provisioning.listing import Place
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 50


class KeyForm(Input):
    """A key as the page's form asks for it; lists are separated by spaces or lines."""

    friendly_name: Label = ""
    kind: KeyKind = KeyKind.STANDARD
    requests_per_second: Rate = None
    permissions: list[str] = Field(default_factory=list, max_length=api_keys.MOST_PERMISSIONS)
    allowed_networks: list[Network] = Field(default_factory=list, max_length=100)


async def show(request: Request, visitor: Visitor) -> Response:
    """List an account's keys, newest first, and what its ESMEs and Kannel programs come with.

    Raises:
        NotFound: the account is out of reach.
    """
    house, query = services(request), request.query_params
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        account = chosen_account(query.get("account"), names.accounts)
        found = await api_keys.page(db, account, Place(_ROWS, after_in(query)))
        esmes = await smpp_credentials.page(
            db, visitor.reach.carrier_sid, limit=_ROWS, account_sid=account
        )
        kannel = await kannel_users.of_account(db, account)
    older = f"/keys?account={account}&after={found.items[-1].sid}" if found.has_older else None
    return render(
        "keys.html",
        visitor,
        keys=found.items,
        esmes=esmes.items,
        kannel=kannel,
        kinds=list(KeyKind),
        permissions=sorted(KNOWN),
        account=account,
        names=names,
        older=older,
        may_change=visitor.reach.develops_for(account),
    )


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a key, and show its secret this once.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
        BadParameter: a field can't be used.
    """
    house, account = services(request), developed_account_in(form, visitor)
    fields: dict[str, object] = {
        name: form[name]
        for name in ("friendly_name", "kind", "requests_per_second")
        if form.get(name)
    }
    lists = ("permissions", "allowed_networks")
    fields |= {name: form.get(name, "").split() for name in lists}
    asked = checked(KeyForm, fields)
    if unknown := [name for name in asked.permissions if not is_known(name)]:
        raise BadParameter(_("%(name)s is no permission here.", name=unknown[0]))
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, visitor.reach.carrier_sid, account)
        issued = await api_keys.create(db, visitor.reach.carrier_sid, account, **asked.model_dump())
    log.info("api_key.created", by=visitor.user.sid, sid=issued.key.sid)
    return render("key_made.html", visitor, key=issued.key, secret=issued.secret, account=account)


async def revoke(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Revoke a key: nobody gets in with it two seconds later.

    Raises:
        NotFound: the account isn't the visitor's to develop for, or has no such key.
    """
    house, account = services(request), developed_account_in(form, visitor)
    sid = request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
        await api_keys.remove(db, account, sid)
    log.info("api_key.revoked", by=visitor.user.sid, sid=sid)
    return see_other(f"/keys?account={account}", "removed")
