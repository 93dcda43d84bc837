"""What happens to messages, as it happens."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require
from api.deps import services
from smsc.messaging.reading import stream
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading

_ROWS: Final = 60


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the latest events in reach, or of one account.

    Raises:
        NotFound: the account is out of reach.
    """
    house, account = services(request), request.query_params.get("account") or None
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    require(account is None or account in names.accounts, account or "")
    found = await stream.latest(house.confined, visitor.reach, _ROWS, account)
    return render("events.html", visitor, events=found, account=account or "", names=names)
