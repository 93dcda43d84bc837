"""Lists of messages as CSV files: asked for with the list's filters, and downloaded when done."""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.dashboard.messages import FILTERS, wanted_by
from api.dashboard.rendering import render, zone_of
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import services
from smsc.messaging.reading import exports

log = structlog.get_logger()


async def show(request: Request, visitor: Visitor) -> Response:
    """List the exports of the person."""
    found = await exports.of_person(services(request).confined, visitor.reach, visitor.user.sid)
    return render("exports.html", visitor, exports=found)


async def ask(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Ask for the messages that a list shows, page after page, in one file.

    Raises:
        BadParameter: a filter can't be read, or too many are being written.
    """
    wanted = wanted_by({name: form.get(name, "").strip() for name in FILTERS}, zone_of(visitor))
    database = services(request).confined
    sid = await exports.ask(database, visitor.reach, wanted, visitor.user.sid)
    log.info("export.asked", by=visitor.user.sid, sid=sid)
    return see_other("/exports")


async def download(request: Request, visitor: Visitor) -> Response:
    """Return the file.

    Raises:
        NotFound: it isn't theirs, isn't done, or its day is over.
    """
    database, sid = services(request).confined, request.path_params["sid"]
    export = await exports.find(database, visitor.reach, sid, visitor.user.sid)
    require(export.is_done, sid)
    log.info("export.downloaded", by=visitor.user.sid, sid=sid)
    name = f"messages-{export.created_at:%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        exports.content(database, sid), media_type="text/csv; charset=utf-8", headers=headers
    )
