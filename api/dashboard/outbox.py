"""The outbox: mails to people, which are shown here where no mail server is set."""

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import after_in
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor
from api.deps import services
from smsc.provisioning import mails
from smsc.provisioning.transaction import reading

_ROWS = 50


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a page of the list.

    Raises:
        BadParameter: `after` is no SID.
    """
    house = services(request)
    async with reading(house.database) as db:
        page = await mails.page(
            db,
            visitor.reach.carrier_sid,
            limit=_ROWS,
            before=after_in(request.query_params),
        )
    return render(
        "outbox.html",
        visitor,
        mails=page.items,
        older=page.after and f"/outbox?after={page.after}",
        has_server=house.settings.smtp_url is not None,
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a mail, with its text as long as it isn't sent.

    Raises:
        NotFound: there is none.
    """
    house = services(request)
    async with reading(house.database) as db:
        mail = await mails.get(db, visitor.reach.carrier_sid, request.path_params["sid"])
    return render("mail.html", visitor, mail=mail, text=mails.text_of(house.vault, mail))
