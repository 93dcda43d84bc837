"""Where a person is signed in, and how to end it elsewhere."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import (
    Visitor,
    by_form,
    for_signed_in,
    nobody_need_know,
    see_other,
)
from api.deps import services
from smsc.provisioning import users
from smsc.provisioning.transaction import changing, reading


@for_signed_in
async def show(request: Request, visitor: Visitor) -> Response:
    """List the sessions."""
    async with reading(services(request).database) as db:
        sessions = await users.sessions(db, visitor.user.sid)
    return render("sessions.html", visitor, sessions=sessions)


@by_form
async def end(request: Request, visitor: Visitor, _: Mapping[str, str]) -> Response:
    """End one of them.

    Raises:
        NotFound: it is not theirs.
    """
    async with changing(services(request).database, nobody_need_know) as db:
        await users.end_session(db, visitor.user.sid, request.path_params["sid"])
    return see_other("/sessions")
