"""Who looks at a page: the session's cookie, and what guards each form."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.bodies import MOST_BODY_OCTETS, read_body
from api.dashboard.cookies import cookie_of
from api.dashboard.languages import gettext as _
from api.dashboard.languages import speak
from api.dashboard.notices import notice_of
from api.dashboard.rights import Right, has
from api.deps import services
from api.guesses import address_of
from api.twilio.forms import read_form
from smsc.audit import Actor, ActorKind, act_as
from smsc.errors import GatewayError, NotFound
from smsc.models import User
from smsc.provisioning import users
from smsc.provisioning.branding import Brand
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import changing, reading
from smsc.tenancy import Tenant, confine_to

COOKIE: Final = "smsc_session"
ACCOUNT_COOKIE: Final = "smsc_account"  # what somebody of several accounts looks at
CSRF_FIELD: Final = "csrf"
_OF_ENROLMENT: Final = ("/security", "/sign-out")
_CSRF_PURPOSE: Final = b"form of the dashboard"


class FormNotOurs(GatewayError):
    """A form that none of our pages can have sent, or one of an old session."""

    http_status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            _("This form is too old or not ours. Go back, reload the page, try again.")
        )


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in."""

    user: User
    brand: Brand  # of their carrier
    reach: Reach
    session_sid: str
    csrf: str  # what their forms carry
    accounts: Mapping[str, str] = field(default_factory=dict)  # between which they may switch
    account_sid: str | None = None  # to which they have
    must_enroll: bool = False  # sees nothing but where a second factor is set up
    notice: str | None = None  # what has just been done, in a sentence


Page = Callable[[Request, Visitor], Awaitable[Response]]
Action = Callable[[Request, Visitor, Mapping[str, str]], Awaitable[Response]]


def for_signed_in(page: Page, right: Right) -> Callable[[Request], Awaitable[Response]]:
    """Show a page to who has the right; who isn't signed in is asked to do so first."""

    @wraps(page)
    async def show(request: Request) -> Response:
        visitor = await visitor_of(request)
        if visitor is None:
            there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return see_other(f"/sign-in?{urlencode({'next': there})}")
        if visitor.must_enroll and not request.url.path.startswith(_OF_ENROLMENT):
            return see_other("/security")
        require(has(visitor.reach, right), request.url.path)
        return await page(request, visitor)

    return show


def by_form(
    action: Action, right: Right, *, most_octets: int = MOST_BODY_OCTETS
) -> Callable[[Request], Awaitable[Response]]:
    """Do what a form of ours asks, for who has the right."""

    @wraps(action)
    async def act(request: Request) -> Response:
        visitor = await visitor_of(request)
        if visitor is None:
            return see_other("/sign-in")
        if visitor.must_enroll and not request.url.path.startswith(_OF_ENROLMENT):
            return see_other("/security")
        require(has(visitor.reach, right), request.url.path)
        form = await posted_form(request, visitor.csrf, most_octets=most_octets)
        return await action(request, visitor, form)

    return act


async def visitor_of(request: Request) -> Visitor | None:
    """Return who is signed in by the request's cookie."""
    token = cookie_of(request, COOKIE)
    if not token:
        return None
    house = services(request)
    async with reading(house.database) as db:
        known = await users.signed_in(db, token)
    if known is None:
        return None
    if known.is_due:
        async with changing(house.database, nobody_need_know) as db:
            await users.note_seen(db, known.session)
    person = known.person
    act_as_person(request, person.user)
    accounts = person.reach.account_sids
    confine_to(Tenant(person.user.carrier_sid, None if accounts is None else tuple(accounts)))
    if person.user.locale is not None:
        speak(person.user.locale)
    chosen = cookie_of(request, ACCOUNT_COOKIE)
    account_sid = chosen if chosen in person.accounts else None
    return Visitor(
        person.user,
        person.brand,
        person.reach if account_sid is None else person.reach.narrowed(account_sid),
        known.session.sid,
        csrf_of(token),
        person.accounts,
        account_sid,
        person.must_enroll,
        notice_of(request.query_params),
    )


def act_as_person(request: Request, user: User) -> None:
    """Let what the rest of the request changes be this person's doing."""
    act_as(Actor(ActorKind.PERSON, user.sid, user.email, address_of(request)))


async def posted_form(
    request: Request, csrf: str, *, most_octets: int = MOST_BODY_OCTETS
) -> dict[str, str]:
    """Return the fields of a form that one of our pages sent.

    Raises:
        FormNotOurs: it lacks the token that belongs to this browser's cookie.
    """
    length = request.headers.get("content-length")
    body = await read_body(request.receive, length, most=most_octets)
    form = read_form(body, request.headers.get("content-type"))
    if not hmac.compare_digest(form.pop(CSRF_FIELD, "").encode(), csrf.encode()):
        raise FormNotOurs
    return form


def csrf_of(token: str) -> str:
    """Return what a form must carry beside the cookie `token`: made by nobody who can't read it."""
    return hmac.digest(token.encode(), _CSRF_PURPOSE, "sha256").hex()


def see_other(path: str, done: str | None = None, number: int | None = None) -> Response:
    """Send the browser to another of our pages, which says what was done."""
    told = {name: said for name, said in (("done", done), ("number", number)) if said is not None}
    if told:
        path += ("&" if "?" in path else "?") + urlencode(told)
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})


def require(allowed: bool, what: str) -> None:  # noqa: FBT001 the only thing that it is about
    """Hide what somebody may not see.

    Raises:
        NotFound: they may not.
    """
    if not allowed:
        raise NotFound(what)


async def nobody_need_know() -> None:
    """Announce nothing: no process keeps people or sessions in a cache."""
