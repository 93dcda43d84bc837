"""The second step of a sign-in: a code or a passkey, after the password was right."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import urlencode

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.cookies import cookie_of, drop_cookie, set_cookie
from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_form, guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.letting_in import let_in, safe_path
from api.dashboard.passkeys import site_of
from api.dashboard.visitors import act_as_person, nobody_need_know, see_other
from api.deps import services
from api.guesses import address_of
from smsc.errors import NotFound
from smsc.models import SignInProof, TokenPurpose, User
from smsc.provisioning import passkeys, second_factors, user_tokens
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_COOKIE: Final = "smsc_step"


async def ask_for_factor(request: Request, db: AsyncSession, user: User, there: str) -> Response:
    """Lead somebody whose password was right to what they have to show; the caller commits."""
    token = await user_tokens.issue(db, user, TokenPurpose.SECOND_FACTOR)
    response = see_other(f"/sign-in/code?{urlencode({'next': there})}")
    seconds = int(user_tokens.LASTS[TokenPurpose.SECOND_FACTOR].total_seconds())
    set_cookie(request, response, _COOKIE, token, seconds)
    return response


async def show(request: Request) -> Response:
    """Show the form; who has given no password begins with it."""
    user = await _holder(request)
    if user is None:
        return see_other("/sign-in")
    return await _page(request, user, safe_path(request.query_params.get("next")))


async def enter(request: Request) -> Response:
    """Let somebody in whose code is right; after some wrong ones the password is asked for again.

    Raises:
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    user, there = await _holder(request), safe_path(form.get("next"))
    if user is None:
        return see_other("/sign-in")
    house, ip, token = services(request), address_of(request), cookie_of(request, _COOKIE) or ""
    doorman = cast("Doorman", request.app.state.doorman)
    if doorman.is_locked(user.email, ip):
        return see_other("/sign-in")
    act_as_person(request, user)
    async with changing(house.database, nobody_need_know) as db:
        code, now = form.get("code", ""), datetime.now(UTC)
        if await second_factors.check(db, house.vault, user, code, now):
            await user_tokens.spend(db, token)
            response = await let_in(request, db, user, there, SignInProof.CODE)
            drop_cookie(request, response, _COOKIE)
            return response
        await user_tokens.count_try(db, token)
    doorman.failed(user.email, ip)
    log.warning("sign_in.code_refused", user_sid=user.sid, ip=ip)
    return await _page(request, user, there, _("The code is wrong. Wait for the next."))


async def _holder(request: Request) -> User | None:
    token = cookie_of(request, _COOKIE)
    if not token:
        return None
    try:
        async with reading(services(request).database) as db:
            return await user_tokens.holder_of(db, token, TokenPurpose.SECOND_FACTOR)
    except NotFound:
        return None


async def _page(request: Request, user: User, there: str, complaint: str = "") -> Response:
    house = services(request)
    async with reading(house.database) as db:
        has_passkeys = bool(await passkeys.of(db, user))
    return guest_page(
        request,
        "second_factor.html",
        status=HTTPStatus.UNAUTHORIZED if complaint else HTTPStatus.OK,
        there=there,
        complaint=complaint,
        has_app=user.totp_at is not None,
        options=passkeys.options_to_sign_in(house.vault, site_of(request)) if has_passkeys else "",
    )
