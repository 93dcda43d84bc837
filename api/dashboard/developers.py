"""The first page for developers: where the API is, and what there is to see of programs."""

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor
from api.deps import services
from api.twilio.answers import base_url
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the API's address, the accounts that programs act for, and the other pages."""
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
    return render("developers.html", visitor, url=base_url(request), accounts=names.accounts)
