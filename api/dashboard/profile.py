"""What a person sees of themselves: their language and zone, and where they are signed in."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.cookies import drop_cookie, set_cookie
from api.dashboard.languages import LANGUAGES
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import (
    ACCOUNT_COOKIE,
    Visitor,
    nobody_need_know,
    require,
    see_other,
)
from api.deps import services
from smsc.errors import BadParameter
from smsc.provisioning import users
from smsc.provisioning.transaction import changing, reading

_MOST_NAME_CHARACTERS = 64
_A_YEAR_OF_SECONDS = 365 * 86_400


async def show(request: Request, visitor: Visitor) -> Response:
    """Show it."""
    async with reading(services(request).database) as db:
        sessions = await users.sessions(db, visitor.user.sid)
    return render(
        "profile.html", visitor, sessions=sessions, languages=LANGUAGES, zones=_known_zones()
    )


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change name, language and zone.

    Raises:
        BadParameter: there is no such language or zone, or the name is too long.
    """
    name = form.get("name", "").strip()
    if len(name) > _MOST_NAME_CHARACTERS or not (name.isprintable() or not name):
        raise BadParameter(_("A name has at most 64 printable characters."))
    locale, zone = form.get("locale", ""), form.get("time_zone", "")
    if locale and locale not in LANGUAGES:
        raise BadParameter(_("There is no language %(code)r here.", code=locale))
    if zone not in _known_zones():
        raise BadParameter(_("There is no time zone %(name)r.", name=zone))
    async with changing(services(request).database, nobody_need_know) as db:
        await users.set_manners(db, visitor.user.sid, name=name, locale=locale or None, zone=zone)
    return see_other("/profile")


async def end_session(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """End one of their sessions.

    Raises:
        NotFound: it is not theirs.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await users.end_session(db, visitor.user, request.path_params["sid"])
    return see_other("/profile")


async def switch(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Look at one of several accounts alone, or at all again.

    Raises:
        NotFound: it isn't theirs.
    """
    chosen, response = form.get("account", ""), see_other("/")
    if chosen:
        require(chosen in visitor.accounts, chosen)
        set_cookie(request, response, ACCOUNT_COOKIE, chosen, _A_YEAR_OF_SECONDS)
    else:
        drop_cookie(request, response, ACCOUNT_COOKIE)
    return response


async def end_others(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """End all of their sessions but this one."""
    async with changing(services(request).database, nobody_need_know) as db:
        await users.end_sessions(db, visitor.user, but=visitor.session_sid)
    return see_other("/profile")


@cache
def _known_zones() -> list[str]:
    """Return the zones of the machine that are places, and UTC."""
    places = (name for name in available_timezones() if "/" in name and name[0:4] != "Etc/")
    return ["UTC", *sorted(places)]
