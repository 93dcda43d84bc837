"""The own numbers of accounts on trial, to which alone they write: confirmed by a code."""

from collections.abc import Mapping
from typing import cast

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.doorman import Doorman
from api.dashboard.forms import account_in
from api.dashboard.languages import gettext as _
from api.dashboard.messages import typed_number
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from api.guesses import address_of
from smsc.errors import BadParameter, Conflict
from smsc.messaging.verification.asked import Asked, Check
from smsc.models import VerifyService
from smsc.provisioning import accounts, sign_ups, trials
from smsc.provisioning.transaction import changing, reading
from smsc.sms import address
from smsc.tenancy import Tenant, confined_to

log = structlog.get_logger()


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the accounts in reach that are limited so, and their numbers."""
    return await _page(request, visitor)


async def ask(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Send a code to a number.

    Raises:
        NotFound: the account isn't the visitor's to keep.
        Conflict: it may write to all, or nobody can send codes here.
        BadParameter: too many codes were asked for.
        GatewayError: the number gets no code.
    """
    sid, number = account_in(form, visitor), _number(form)
    house = services(request)
    async with reading(house.database) as db:
        account = await accounts.get(db, visitor.reach.carrier_sid, sid)
        trials.require_limited(account)
    if not cast("Doorman", request.app.state.doorman).may_ask(address_of(request)):
        raise BadParameter(_("Too many codes were asked for. Wait some minutes."))
    service = await _service(request, visitor)
    sender = await house.directory.account(service.account_sid)
    if sender is None:
        raise _nobody()
    name = visitor.brand.name[:30]
    with confined_to(Tenant(service.carrier_sid, (service.account_sid,))):  # whose code it is
        await house.verifier.start(sender, service, Asked(to=number, friendly_name=name))
    log.info("own_number.asked", by=visitor.user.sid, account_sid=sid)
    return await _page(request, visitor, asked=(sid, number))


async def confirm(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Let the account write to a number whose code is right.

    Raises:
        NotFound: the account isn't the visitor's to keep; or no code is waited for.
        Conflict: it may write to all, has too many numbers, or nobody can check codes here.
        ChecksUsedUp: wrong codes were given too often.
    """
    sid, number = account_in(form, visitor), _number(form)
    house, service = services(request), await _service(request, visitor)
    with confined_to(Tenant(service.carrier_sid, (service.account_sid,))):
        checked = await house.verifier.check(service, number, Check(code=form.get("code", "")))
    if not checked.valid:
        complaint = _("The code is wrong.")
        return await _page(request, visitor, asked=(sid, number), complaint=complaint)
    async with changing(house.database, house.bells.announce_change) as db:
        await trials.add_own_number(db, visitor.reach.carrier_sid, sid, number)
    log.info("own_number.confirmed", by=visitor.user.sid, account_sid=sid)
    return see_other("/own-numbers", "added")


async def remove(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Let the account write to a number no longer.

    Raises:
        NotFound, Conflict: as `confirm`.
    """
    sid, house = account_in(form, visitor), services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        number = form.get("number", "")
        await trials.remove_own_number(db, visitor.reach.carrier_sid, sid, number)
    return see_other("/own-numbers", "removed")


def _number(form: Mapping[str, str]) -> str:
    return address.parse_destination(typed_number(form.get("number", "")) or "").value


def _nobody() -> Conflict:
    return Conflict(_("Nobody can send codes here: ask your carrier to confirm the number."))


async def _service(request: Request, visitor: Visitor) -> VerifyService:
    """Return what confirms numbers: of whichever account of the carrier.

    Raises:
        Conflict: the carrier has named none.
    """
    service = await sign_ups.confirming(services(request).database, visitor.reach.carrier_sid)
    if service is None:
        raise _nobody()
    return service


async def _page(
    request: Request,
    visitor: Visitor,
    *,
    asked: tuple[str, str] | None = None,
    complaint: str = "",
) -> Response:
    async with reading(services(request).database) as db:
        reach = visitor.reach
        found = await trials.limited(db, reach.carrier_sid, reach.kept_account_sids)
    return render("own_numbers.html", visitor, accounts=found, asked=asked, complaint=complaint)
