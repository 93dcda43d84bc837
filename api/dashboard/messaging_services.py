"""Messaging services: their settings, and the pool of senders of each."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import account_in, chosen_account
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import Services, services
from api.twilio.messaging_services import read_service
from smsc.errors import BadParameter
from smsc.models import MessagingService
from smsc.provisioning import accounts, service_pools
from smsc.provisioning.listing import Place, found
from smsc.provisioning.names import names_of
from smsc.provisioning.owned import messaging_services
from smsc.provisioning.transaction import changing, reading
from smsc.sms.address import AddressKind

log = structlog.get_logger()

_ROWS: Final = 40
_MOST_SENDERS: Final = 400  # of a pool, of each kind


async def show(request: Request, visitor: Visitor) -> Response:
    """List an account's services.

    Raises:
        NotFound: the account is out of reach.
    """
    house, query = services(request), request.query_params
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        account = chosen_account(query.get("account"), names.accounts)
        place = Place(_ROWS, query.get("older") or None)
        window = await messaging_services.page(db, account, place)
    older = window.items[-1].sid if window.has_older and window.items else None
    return render(
        "services.html",
        visitor,
        services=window.items,
        account=account,
        names=names,
        older=f"/services?account={account}&older={older}" if older else None,
        may_change=visitor.reach.keeps_account(account),
    )


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a service.

    Raises:
        NotFound: the account isn't the visitor's to keep.
        BadParameter: it has no name.
    """
    house, account = services(request), account_in(form, visitor)
    if not form.get("FriendlyName"):
        raise BadParameter(_("A service needs a name."))
    values = read_service(form)
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, visitor.reach.carrier_sid, account)
        made = await messaging_services.create(db, visitor.reach.carrier_sid, account, values)
    log.info("service.created", by=visitor.user.sid, sid=made.sid)
    return see_other(f"/services/{made.sid}?account={account}", "added")


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a service with its pool, and what could join it.

    Raises:
        NotFound: it is out of reach.
    """
    house, sid = services(request), request.path_params["sid"]
    account = request.query_params.get("account", "")
    service = await _reached(house, visitor, account, sid)
    async with reading(house.database) as db:
        senders, names = await service_pools.everyone(db, service, limit=_MOST_SENDERS)
        free = await service_pools.free(db, service, limit=_MOST_SENDERS)
    return render(
        "service.html",
        visitor,
        service=service,
        senders=senders,
        alphas=names,
        free=free,
        may_change=visitor.reach.keeps_account(account),
    )


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change a service's settings.

    Raises:
        NotFound: it is out of reach.
        BadParameter: a field can't be used.
    """
    house, sid = services(request), request.path_params["sid"]
    account = account_in(form, visitor)
    await _reached(house, visitor, account, sid)
    async with changing(house.database, house.bells.announce_change) as db:
        await messaging_services.change(db, account, sid, read_service(form))
    return see_other(f"/services/{sid}?account={account}", "changed")


async def remove(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Delete a service; its senders are free for another.

    Raises:
        NotFound: it is out of reach.
    """
    house, sid = services(request), request.path_params["sid"]
    account = account_in(form, visitor)
    await _reached(house, visitor, account, sid)
    async with changing(house.database, house.bells.announce_change) as db:
        await messaging_services.remove(db, account, sid)
    log.info("service.removed", by=visitor.user.sid, sid=sid)
    return see_other(f"/services?account={account}", "removed")


async def add_sender(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Put a number, a short code or a sender ID of the account into the pool.

    Raises:
        NotFound: it or the service is out of reach.
        GatewayError: it can't be put in.
    """
    house, sid = services(request), request.path_params["sid"]
    account = account_in(form, visitor)
    service = await _reached(house, visitor, account, sid)
    kind, _sep, sender = form.get("sender", "").partition(":")
    async with changing(house.database, house.bells.announce_change) as db:
        match kind:
            case AddressKind.ALPHANUMERIC:
                await service_pools.add_alpha(db, service, sender)
            case AddressKind.E164 | AddressKind.SHORT_CODE:
                await service_pools.add(db, service, sender, AddressKind(kind))
            case _:
                raise BadParameter(_("Choose a sender."))
    return see_other(f"/services/{sid}?account={account}", "added")


async def remove_sender(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Take a sender out of the pool; it stays the account's.

    Raises:
        NotFound: it is not in it.
    """
    house, sid = services(request), request.path_params["sid"]
    account = account_in(form, visitor)
    service = await _reached(house, visitor, account, sid)
    kind, _sep, sender = form.get("sender", "").partition(":")
    async with changing(house.database, house.bells.announce_change) as db:
        if kind == AddressKind.ALPHANUMERIC:
            await service_pools.remove_alpha(db, service, sender)
        else:
            require(kind in set(AddressKind), sender)
            await service_pools.remove(db, service, sender, AddressKind(kind))
    return see_other(f"/services/{sid}?account={account}", "removed")


async def _reached(
    house: Services, visitor: Visitor, account_sid: str, sid: str
) -> MessagingService:
    require(visitor.reach.sees_account(account_sid), sid)
    async with reading(house.database) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account_sid)
        return found(await messaging_services.get(db, account_sid, sid), sid)
