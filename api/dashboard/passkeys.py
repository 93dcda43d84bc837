"""Passkeys: added and forgotten by who is signed in, and a way of signing in."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import letters
from api.dashboard.brands import is_home_to
from api.dashboard.cookies import is_https
from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_form
from api.dashboard.languages import gettext as _
from api.dashboard.letting_in import let_in, safe_path
from api.dashboard.rendering import failure
from api.dashboard.visitors import (
    Visitor,
    act_as_person,
    nobody_need_know,
    see_other,
)
from api.deps import services
from api.guesses import address_of
from smsc.models import SignInProof, User
from smsc.provisioning import identity_providers, mails, passkeys, second_factors, users
from smsc.provisioning.passkeys import Site
from smsc.provisioning.transaction import changing

log = structlog.get_logger()

_MOST_NAME_CHARACTERS: Final = 64


def site_of(request: Request, name: str = "smsc") -> Site:
    """Return the site that the browser is on: its own words are what a passkey signs."""
    host = request.headers.get("host", "")
    scheme = "https" if is_https(request) else "http"
    origins = sorted({f"{scheme}://{host}", f"{request.url.scheme}://{host}"})
    return Site(request.url.hostname or "", origins, name)


async def add(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Keep a passkey that the browser made, and tell its owner by mail.

    Raises:
        BadParameter: it is none for this person and site.
    """
    house = services(request)
    name = form.get("name", "").strip()[:_MOST_NAME_CHARACTERS] or _("Passkey")
    async with changing(house.database, nobody_need_know) as db:
        made = await passkeys.add(
            db,
            house.vault,
            site_of(request, visitor.brand.name),
            visitor.user,
            form.get("credential", ""),
            name,
        )
        await second_factors.note_proof(db, visitor.session_sid, SignInProof.PASSKEY)
        letter = letters.of_new_passkey(visitor.user, made.name)
        await mails.put(db, house.vault, visitor.user.carrier_sid, letter)
    log.info("passkey.added", user_sid=visitor.user.sid, sid=made.sid)
    return see_other("/security", "added")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Forget a passkey.

    Raises:
        NotFound: it isn't theirs.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await passkeys.remove(db, visitor.user, request.path_params["sid"])
    return see_other("/security", "removed")


async def enter(request: Request) -> Response:
    """Let somebody in who proves to hold a passkey; their authenticator has asked for more.

    Raises:
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    house, ip = services(request), address_of(request)
    doorman = cast("Doorman", request.app.state.doorman)
    if not doorman.is_locked("", ip):
        async with changing(house.database, nobody_need_know) as db:
            credential = form.get("credential", "")
            user = await passkeys.whose(db, house.vault, site_of(request), credential)
            known = user if user is not None and is_home_to(user.carrier_sid) else None
            if known is not None and await _may_enter(db, known):
                act_as_person(request, known)
                there = safe_path(form.get("next"))
                return await let_in(request, db, known, there, SignInProof.PASSKEY)
        doorman.failed("", ip)
    log.warning("sign_in.passkey_refused", ip=ip)
    sentence = _("That passkey is not known here. Sign in with your password.")
    return failure(HTTPStatus.UNAUTHORIZED, sentence, back="/sign-in")


async def _may_enter(db: AsyncSession, user: User) -> bool:
    """Say whether a passkey is enough: their carrier may want them to come by its provider."""
    reach = await users.reach_of(db, user)
    provider = await identity_providers.find(db, user.carrier_sid)
    return not reach.is_empty and identity_providers.lets(provider, reach, SignInProof.PASSKEY)
