"""Another password for who forgot theirs: a mail with a link, and what the link leads to."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final, cast

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import letters
from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_form, guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.visitors import act_as_person, nobody_need_know, see_other
from api.deps import services
from api.guesses import address_of
from smsc.errors import BadParameter
from smsc.models import TokenPurpose, User
from smsc.provisioning import mails, user_tokens, users
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_AGAIN_AFTER: Final = timedelta(minutes=2)


async def show(request: Request) -> Response:
    """Show the form that asks for an address."""
    return guest_page(request, "forgotten.html", is_sent=False)


async def ask(request: Request) -> Response:
    """Send the mail, if the address is somebody's; the answer doesn't say.

    Raises:
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    house, ip = services(request), address_of(request)
    if not cast("Doorman", request.app.state.doorman).may_ask(ip):
        return guest_page(
            request, "forgotten.html", status=HTTPStatus.TOO_MANY_REQUESTS, is_sent=True
        )
    async with reading(house.database) as db:
        people = await users.candidates(db, form.get("email", "").strip())
    for user in people:
        act_as_person(request, user)
        async with changing(house.database, nobody_need_know) as db:
            if (await users.reach_of(db, user)).is_empty or await user_tokens.was_issued_lately(
                db, user, TokenPurpose.PASSWORD, _AGAIN_AFTER
            ):
                continue
            token = await user_tokens.issue(db, user, TokenPurpose.PASSWORD)
            site = await mails.site_of(db, house.settings, user.carrier_sid)
            letter = letters.of_password(site, user, token)
            await mails.put(db, house.vault, user.carrier_sid, letter)
            log.info("password.link_sent", user_sid=user.sid, ip=ip)
    return guest_page(request, "forgotten.html", is_sent=True)


async def show_choice(request: Request) -> Response:
    """Show the form that takes another password.

    Raises:
        NotFound: the link was used, or is too old.
    """
    return _page(request, await _holder(request))


async def choose(request: Request) -> Response:
    """Set the password, once, and sign its owner out everywhere.

    Raises:
        NotFound: the link was used, or is too old.
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    house, user = services(request), await _holder(request)
    password = form.get("password", "")
    try:
        users.require_long(password)
    except BadParameter:
        number = users.SHORTEST_PASSWORD
        return _page(
            request, user, _("A password has at least %(number)s characters.", number=number)
        )
    hashed = await cast("Doorman", request.app.state.doorman).hash(password)
    act_as_person(request, user)
    async with changing(house.database, nobody_need_know) as db:
        await user_tokens.spend(db, request.path_params["token"])
        await users.set_password(db, user, password_hash=hashed)
        await mails.put(db, house.vault, user.carrier_sid, letters.of_changed_password(user))
    log.info("password.changed", user_sid=user.sid, ip=address_of(request))
    return see_other("/sign-in", "password")


async def _holder(request: Request) -> User:
    async with reading(services(request).database) as db:
        return await user_tokens.holder_of(db, request.path_params["token"], TokenPurpose.PASSWORD)


def _page(request: Request, user: User, complaint: str = "") -> Response:
    return guest_page(
        request,
        "new_password.html",
        status=HTTPStatus.BAD_REQUEST if complaint else HTTPStatus.OK,
        email=user.email,
        complaint=complaint,
        shortest=users.SHORTEST_PASSWORD,
        longest=users.LONGEST_PASSWORD,
    )
