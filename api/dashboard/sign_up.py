"""Self sign-up: who comes by asks for an account, confirms their address, and is its owner."""

from http import HTTPStatus
from typing import cast

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import letters
from api.dashboard.brands import brand_of_host, is_home_to
from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_form, guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.languages import spoken
from api.dashboard.visitors import nobody_need_know, see_other
from api.deps import services
from api.guesses import address_of
from smsc.audit import Actor, ActorKind, act_as
from smsc.errors import BadParameter, NotFound
from smsc.models import SignUp
from smsc.provisioning import carrier_settings, mails, sign_ups, trials, users
from smsc.provisioning.sign_ups import SignUpDraft
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()


async def show(request: Request) -> Response:
    """Show the form.

    Raises:
        NotFound: the carrier whose host this is offers nothing.
    """
    await _offering(request)
    return _page(request)


async def ask(request: Request) -> Response:
    """Send a mail that confirms the address; the answer doesn't say whether it is known here.

    Raises:
        NotFound: the carrier whose host this is offers nothing.
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    house, carrier_sid = services(request), await _offering(request)
    typed = {name: form.get(name, "") for name in ("email", "organisation")}
    try:
        draft = SignUpDraft.model_validate(typed)
    except ValidationError:
        complaint = _("Give an email address, and a name of 64 characters at most.")
        return _page(request, HTTPStatus.BAD_REQUEST, typed, complaint)
    if not cast("Doorman", request.app.state.doorman).may_ask(address_of(request)):
        return _page(request, HTTPStatus.TOO_MANY_REQUESTS, is_sent=True)
    act_as(Actor(ActorKind.PERSON, None, draft.email, address_of(request)))
    async with changing(house.database, nobody_need_know) as db:
        locale = spoken().code
        token = await sign_ups.ask(db, carrier_sid, draft, locale)
        if token is not None:
            known = await sign_ups.person(db, carrier_sid, draft.email)
            site = await mails.site_of(db, house.settings, carrier_sid)
            letter = (
                letters.of_sign_up(site, draft.email, token, locale)
                if known is None
                else letters.of_known_address(site, known)
            )
            await mails.put(db, house.vault, carrier_sid, letter)
    log.info("sign_up.asked", ip=address_of(request))
    return _page(request, is_sent=True)


async def show_choice(request: Request) -> Response:
    """Show the form that makes the account.

    Raises:
        NotFound: the link was used, or is too old.
    """
    return _choice(request, await _asked(request))


async def finish(request: Request) -> Response:
    """Make the account, once.

    Raises:
        NotFound: the link was used, or is too old; or the carrier offers nothing any more.
        FormNotOurs: the form is not of this browser.
        Conflict: the address has become somebody's meanwhile.
    """
    form = await guest_form(request)
    house, asked = services(request), await _asked(request)
    password, name = form.get("password", ""), form.get("name", "").strip()
    try:
        users.require_long(password)
    except BadParameter:
        number = users.SHORTEST_PASSWORD
        complaint = _("A password has at least %(number)s characters.", number=number)
        return _choice(request, asked, complaint)
    if len(name) > users.MOST_NAME_CHARACTERS or not (name.isprintable() or not name):
        return _choice(request, asked, _("A name has at most 64 printable characters."))
    hashed = await cast("Doorman", request.app.state.doorman).hash(password)
    act_as(Actor(ActorKind.PERSON, None, asked.email, address_of(request)))
    async with changing(house.database, house.bells.announce_change) as db:
        token = request.path_params["token"]
        account = await sign_ups.finish(db, house.vault, token, name=name, password_hash=hashed)
        policy = await sign_ups.policy(db, asked.carrier_sid)
        if policy.needs_approval:
            site = await mails.site_of(db, house.settings, asked.carrier_sid)
            for owner in await trials.keepers(db, asked.carrier_sid):
                letter = letters.of_waiting_account(site, owner, account, asked.email)
                await mails.put(db, house.vault, asked.carrier_sid, letter)
    log.info("sign_up.done", account_sid=account.sid, ip=address_of(request))
    return see_other("/sign-in", "waiting" if policy.needs_approval else "joined")


async def _offering(request: Request) -> str:
    brand = brand_of_host()
    async with reading(services(request).database) as db:
        sid = None if brand is None else brand.carrier_sid
        carrier_sid = await carrier_settings.whose_page(db, sid)
        if carrier_sid is None or not (await sign_ups.policy(db, carrier_sid)).enabled:
            raise NotFound(request.url.path)
    return carrier_sid


async def _asked(request: Request) -> SignUp:
    async with reading(services(request).database) as db:
        asked = await sign_ups.asked(db, request.path_params["token"])
    if not is_home_to(asked.carrier_sid):
        raise NotFound("link")
    return asked


def _page(
    request: Request,
    status: HTTPStatus = HTTPStatus.OK,
    typed: dict[str, str] | None = None,
    complaint: str = "",
    *,
    is_sent: bool = False,
) -> Response:
    return guest_page(
        request,
        "sign_up.html",
        status=status,
        typed=typed or {"email": "", "organisation": ""},
        complaint=complaint,
        is_sent=is_sent,
    )


def _choice(request: Request, asked: SignUp, complaint: str = "") -> Response:
    return guest_page(
        request,
        "sign_up_choice.html",
        status=HTTPStatus.BAD_REQUEST if complaint else HTTPStatus.OK,
        asked=asked,
        complaint=complaint,
        shortest=users.SHORTEST_PASSWORD,
        longest=users.LONGEST_PASSWORD,
    )
