"""Who looks at a page: the session's cookie, and what guards each form."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.bodies import read_body
from api.dashboard.languages import gettext as _
from api.dashboard.languages import speak
from api.deps import services
from api.twilio.forms import read_form
from smsc.errors import GatewayError, NotFound
from smsc.models import User
from smsc.provisioning import users
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import changing, reading

COOKIE: Final = "smsc_session"
CSRF_FIELD: Final = "csrf"
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
    carrier_name: str
    reach: Reach
    session_sid: str
    csrf: str  # what their forms carry


Page = Callable[[Request, Visitor], Awaitable[Response]]
Action = Callable[[Request, Visitor, Mapping[str, str]], Awaitable[Response]]


def for_signed_in(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Show a page to who is signed in; others are asked to sign in first."""

    @wraps(page)
    async def show(request: Request) -> Response:
        visitor = await visitor_of(request)
        if visitor is None:
            there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return see_other(f"/sign-in?{urlencode({'next': there})}")
        return await page(request, visitor)

    return show


def by_form(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """Do what a form of ours asks, for who is signed in."""

    @wraps(action)
    async def act(request: Request) -> Response:
        visitor = await visitor_of(request)
        if visitor is None:
            return see_other("/sign-in")
        form = await posted_form(request, visitor.csrf)
        return await action(request, visitor, form)

    return act


async def visitor_of(request: Request) -> Visitor | None:
    """Return who is signed in by the request's cookie."""
    token = request.cookies.get(COOKIE)
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
    if person.user.locale is not None:
        speak(person.user.locale)
    return Visitor(
        person.user, person.carrier_name, person.reach, known.session.sid, csrf_of(token)
    )


async def posted_form(request: Request, csrf: str) -> dict[str, str]:
    """Return the fields of a form that one of our pages sent.

    Raises:
        FormNotOurs: it lacks the token that belongs to this browser's cookie.
    """
    body = await read_body(request.receive, request.headers.get("content-length"))
    form = read_form(body, request.headers.get("content-type"))
    if not hmac.compare_digest(form.pop(CSRF_FIELD, "").encode(), csrf.encode()):
        raise FormNotOurs
    return form


def csrf_of(token: str) -> str:
    """Return what a form must carry beside the cookie `token`: made by nobody who can't read it."""
    return hmac.digest(token.encode(), _CSRF_PURPOSE, "sha256").hex()


def is_https(request: Request) -> bool:
    """Say whether the browser came, or customers come, by TLS."""
    settings = services(request).settings
    return request.url.scheme == "https" or settings.api_url.startswith("https:")


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a secret that no script reads and no other site's form carries."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def see_other(path: str) -> Response:
    """Send the browser to another of our pages."""
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
