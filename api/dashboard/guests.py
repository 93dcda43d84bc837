"""Forms for who isn't signed in: bound to the browser by a cookie that is made for them."""

import secrets
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.cookies import cookie_of, set_cookie
from api.dashboard.rendering import render
from api.dashboard.visitors import FormNotOurs, csrf_of, posted_form

FORM_COOKIE: Final = "smsc_form"
_FORM_SECONDS: Final = 3600


def guest_page(
    request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **facts: object
) -> Response:
    """Return a page with a form; its template gets `csrf`."""
    token = cookie_of(request, FORM_COOKIE) or secrets.token_urlsafe(32)
    response = render(template, None, status=status, csrf=csrf_of(token), **facts)
    set_cookie(request, response, FORM_COOKIE, token, _FORM_SECONDS)
    return response


async def guest_form(request: Request) -> dict[str, str]:
    """Return the fields that such a form sent.

    Raises:
        FormNotOurs: it is not of this browser: another site's does nothing here.
    """
    token = cookie_of(request, FORM_COOKIE)
    if not token:
        raise FormNotOurs
    return await posted_form(request, csrf_of(token))
