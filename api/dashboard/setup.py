"""The set-up: from nothing to the first delivered message, step by step."""

import secrets
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.connector_forms import has_simulator
from api.dashboard.forms import checked
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from smsc.provisioning import accounts, connectors, first_steps, phone_numbers, routes
from smsc.provisioning.accounts import AccountDraft
from smsc.provisioning.first_steps import FirstStep
from smsc.provisioning.phone_numbers import PhoneNumberDraft
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.simulated import is_simulated
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

TITLES: Final = {
    FirstStep.LAWFUL_USE: N_("What SIMs may be used for"),
    FirstStep.CONNECTOR: N_("A connector to your device or operator"),
    FirstStep.BIND: N_("Its bind is up"),
    FirstStep.ACCOUNT: N_("An account that sends"),
    FirstStep.NUMBER: N_("A number to send from"),
    FirstStep.ROUTE: N_("A route to the connector"),
    FirstStep.DELIVERED: N_("A first message is delivered"),
    FirstStep.WEBHOOK: N_("A webhook is told of what comes in"),
}
# Of a fictional number each: North America's 555-01xx belong to nobody.
_SAMPLE_NUMBER: Final = "+12025550141"
_SAMPLE_HANDSET: Final = "+12025550178"


async def show(request: Request, visitor: Visitor) -> Response:
    """Show what is done, and what is next with all that it needs."""
    house, carrier_sid = services(request), visitor.reach.carrier_sid
    standing = await first_steps.standing(house.confined, carrier_sid)
    live = None
    if standing.connector_sid is not None:
        async with reading(house.database) as db:
            sid = standing.bound_sid or standing.connector_sid
            live = await connectors.get(db, carrier_sid, sid)
    simulated = live is not None and is_simulated(live.connector, house.settings)
    needs_simulator = standing.next_step is FirstStep.CONNECTOR
    return render(
        "setup.html",
        visitor,
        standing=standing,
        steps=[(step, _(TITLES[step]), standing.is_done(step)) for step in FirstStep],
        live=live,
        has_simulator=needs_simulator and await has_simulator(house.settings),
        number=_SAMPLE_NUMBER if simulated else "",
        handset=_SAMPLE_HANDSET if simulated else "",
        is_simulated=simulated,
        key=secrets.token_urlsafe(16),
    )


async def declare(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Note that SIMs will be used as their contracts and the law allow."""
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await first_steps.declare_lawful_use(db, visitor.reach.carrier_sid)
    return see_other("/setup")


async def make_account(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make an account.

    Raises:
        BadParameter: its name can't be used.
    """
    house = services(request)
    draft = checked(AccountDraft, {"friendly_name": form.get("friendly_name", "")})
    async with changing(house.database, house.bells.announce_change) as db:
        made = await accounts.create(db, house.vault, visitor.reach.carrier_sid, draft)
    log.info("account.created", by=visitor.user.sid, sid=made.sid)
    return see_other("/setup", "added")


async def make_number(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give the first account a number.

    Raises:
        InvalidPhoneNumber: it is none.
        Conflict: it is in the inventory already.
    """
    house, carrier_sid = services(request), visitor.reach.carrier_sid
    standing = await first_steps.standing(house.confined, carrier_sid)
    draft = checked(
        PhoneNumberDraft,
        {"phone_number": form.get("number", ""), "account_sid": standing.account_sid},
    )
    async with changing(house.database, house.bells.announce_change) as db:
        made = await phone_numbers.create(db, carrier_sid, draft)
    log.info("number.created", by=visitor.user.sid, sid=made.sid)
    return see_other("/setup", "added")


async def make_route(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Let all numbers, or those of a prefix, go by a connector.

    Raises:
        BadParameter: the prefix can't be one.
        NotFound: the carrier has no such connector.
    """
    house = services(request)
    wanted = {name: form.get(name, "") for name in ("prefix", "connector_sid")}
    async with changing(house.database, house.bells.announce_change) as db:
        made = await routes.create(db, visitor.reach.carrier_sid, checked(RouteDraft, wanted))
    log.info("route.created", by=visitor.user.sid, sid=made.sid)
    return see_other("/setup", "added")
