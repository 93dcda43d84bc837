"""Sign-in and sign-out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.brands import brand_of_host, is_home_to
from api.dashboard.cookies import drop_cookie
from api.dashboard.doorman import LOCKED_FOR, Doorman
from api.dashboard.guests import guest_form, guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.languages import ngettext
from api.dashboard.letting_in import let_in, safe_path
from api.dashboard.notices import notice_of
from api.dashboard.passkeys import site_of
from api.dashboard.second_step import ask_for_factor
from api.dashboard.visitors import (
    COOKIE,
    Visitor,
    act_as_person,
    nobody_need_know,
    see_other,
    visitor_of,
)
from api.deps import services
from smsc.models import SignInProof
from smsc.provisioning import (
    carrier_settings,
    identity_providers,
    passkeys,
    second_factors,
    sign_ups,
    users,
)
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_MOST_PASSWORD_OCTETS: Final = 1024


async def show(request: Request) -> Response:
    """Show the form, or go on if somebody is signed in already."""
    there = safe_path(request.query_params.get("next"))
    if await visitor_of(request) is not None:
        return see_other(there)
    return await _form(request, there=there)


async def enter(request: Request) -> Response:
    """Sign somebody in whose password is right.

    Raises:
        FormNotOurs: the form is not of this browser: another site's can't sign anybody in.
    """
    form = await guest_form(request)
    email = form.get("email", "").strip().lower()
    there = safe_path(form.get("next"))
    ip = request.client.host if request.client is not None else ""
    doorman = cast("Doorman", request.app.state.doorman)
    if doorman.is_locked(email, ip):
        log.warning("sign_in.locked", ip=ip)
        return await _form(request, HTTPStatus.TOO_MANY_REQUESTS, there, email, _locked())
    house = services(request)
    async with reading(house.database) as db:
        people = await users.candidates(db, email)
    people = [one for one in people if is_home_to(one.carrier_sid)]
    user = await doorman.whose(people, form.get("password", "")[:_MOST_PASSWORD_OCTETS])
    if user is not None:
        act_as_person(request, user)
        async with changing(house.database, nobody_need_know) as db:
            reach = await users.reach_of(db, user)
            provider = await identity_providers.find(db, user.carrier_sid)
            if identity_providers.binds(provider, reach):
                if reach.owns_carrier and await second_factors.has_any(db, user):
                    return await ask_for_factor(request, db, user, there)
                complaint = _("Your carrier wants you to sign in another way: see below.")
                return await _form(request, HTTPStatus.FORBIDDEN, there, email, complaint)
            if not reach.is_empty:
                if await second_factors.is_due(db, user):
                    return await ask_for_factor(request, db, user, there)
                return await let_in(request, db, user, there, SignInProof.PASSWORD)
    doorman.failed(email, ip)
    log.warning("sign_in.refused", ip=ip)
    wrong = _("The email address or the password is wrong.")
    return await _form(request, HTTPStatus.UNAUTHORIZED, there, email, wrong)


async def leave(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """End the session of this browser."""
    async with changing(services(request).database, nobody_need_know) as db:
        await users.end_session(db, visitor.user, visitor.session_sid)
    response = see_other("/sign-in")
    drop_cookie(request, response, COOKIE)
    return response


def _locked() -> str:
    return ngettext(
        "Too many wrong passwords. Wait %(num)s minute, then try again.",
        "Too many wrong passwords. Wait %(num)s minutes, then try again.",
        LOCKED_FOR.seconds // 60,
    )


async def _form(
    request: Request,
    status: HTTPStatus = HTTPStatus.OK,
    there: str = "/",
    email: str = "",
    complaint: str = "",
) -> Response:
    async with reading(services(request).database) as db:
        brand = brand_of_host()
        carrier_sid = None if brand is None else brand.carrier_sid
        carrier_sid = await carrier_settings.whose_page(db, carrier_sid)
        provider = carrier_sid and await identity_providers.find(db, carrier_sid)
        offer = carrier_sid and await sign_ups.policy(db, carrier_sid)
    response = guest_page(
        request,
        "sign_in.html",
        provider=provider if provider and provider.enabled else None,
        offers_accounts=bool(offer and offer.enabled),
        status=status,
        there=there,
        email=email,
        complaint=complaint,
        notice=notice_of(request.query_params),
        options=passkeys.options_to_sign_in(services(request).vault, site_of(request)),
    )
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(LOCKED_FOR.seconds)
    return response
