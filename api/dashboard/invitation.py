"""Accepting an invitation: for who has its link, whether they are a person here already or not."""

from http import HTTPStatus
from typing import cast

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.doorman import Doorman
from api.dashboard.guests import guest_form, guest_page
from api.dashboard.languages import gettext as _
from api.dashboard.visitors import nobody_need_know, see_other
from api.deps import services
from api.guesses import address_of
from smsc.audit import Actor, ActorKind, act_as
from smsc.errors import BadParameter
from smsc.provisioning import invitations, users
from smsc.provisioning.invitations import Offer
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()


async def show(request: Request) -> Response:
    """Show what is offered.

    Raises:
        NotFound: the link was used, taken back, or is too old.
    """
    return _page(request, await _offer(request))


async def accept(request: Request) -> Response:
    """Take what is offered, once; who is new chooses a password.

    Raises:
        NotFound: the link was used, taken back, or is too old.
        FormNotOurs: the form is not of this browser.
    """
    form = await guest_form(request)
    offer = await _offer(request)
    act_as(Actor(ActorKind.PERSON, None, offer.invitation.email, address_of(request)))
    password, name = form.get("password", ""), form.get("name", "").strip()
    password_hash = None
    if not offer.is_known:
        try:
            users.require_long(password)
        except BadParameter:
            return _page(request, offer, name=name, complaint=_too_short())
        if len(name) > users.MOST_NAME_CHARACTERS or not (name.isprintable() or not name):
            complaint = _("A name has at most 64 printable characters.")
            return _page(request, offer, complaint=complaint)
        password_hash = await cast("Doorman", request.app.state.doorman).hash(password)
    async with changing(services(request).database, nobody_need_know) as db:
        user = await invitations.accept(
            db, request.path_params["token"], name=name, password_hash=password_hash
        )
    log.info("invitation.accepted", user_sid=user.sid)
    return see_other("/sign-in", "joined")


async def _offer(request: Request) -> Offer:
    async with reading(services(request).database) as db:
        return await invitations.offer_of(db, request.path_params["token"])


def _page(request: Request, offer: Offer, *, name: str = "", complaint: str = "") -> Response:
    return guest_page(
        request,
        "invitation.html",
        status=HTTPStatus.BAD_REQUEST if complaint else HTTPStatus.OK,
        offer=offer,
        name=name,
        complaint=complaint,
        shortest=users.SHORTEST_PASSWORD,
        longest=users.LONGEST_PASSWORD,
    )


def _too_short() -> str:
    return _("A password has at least %(number)s characters.", number=users.SHORTEST_PASSWORD)
