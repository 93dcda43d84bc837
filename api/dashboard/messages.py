"""The list of messages, with its filters."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import day_in
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render, zone_of
from api.dashboard.visitors import Visitor
from api.deps import services
from smsc import sids
from smsc.errors import BadParameter
from smsc.messaging.reading import queries
from smsc.messaging.reading.queries import Cursor, MessageFilter
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.sms.status import MessageStatus

_ROWS: Final = 25
FILTERS: Final = (
    *("to", "from", "status", "direction", "since", "until"),
    *("account", "connector", "error"),
)


async def show(request: Request, visitor: Visitor) -> Response:
    """Show a page of the list.

    Raises:
        BadParameter: a filter can't be read.
    """
    asked = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    wanted = wanted_by(asked, zone_of(visitor))
    cursor = _cursor(request.query_params)
    house = services(request)
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    page = await queries.search(house.confined, visitor.reach, wanted, limit=_ROWS, cursor=cursor)

    def beside(name: str, sid: str) -> str:
        kept = {key: value for key, value in asked.items() if value}
        return f"/messages?{urlencode(kept | {name: sid})}"

    shown = page.messages
    return render(
        "messages.html",
        visitor,
        messages=shown,
        asked=asked,
        names=names,
        statuses=[status.value for status in MessageStatus],
        newer=beside("newer", shown[0].sid) if shown and page.has_newer else None,
        older=beside("older", shown[-1].sid) if shown and page.has_older else None,
        days=queries.LOOKS_BACK.days if wanted.looks_back and not asked["since"] else None,
    )


def wanted_by(asked: Mapping[str, str], zone: ZoneInfo) -> MessageFilter:
    """Return what the filters of a list ask for.

    Raises:
        BadParameter: one of them can't be read.
    """
    error = asked["error"]
    if error and not (error.isascii() and error.isdecimal() and len(error) <= 6):
        raise BadParameter(_("An error is a number like 30003."))
    until = day_in(asked["until"], zone)
    return MessageFilter(
        to=typed_number(asked["to"]),
        from_=typed_number(asked["from"]),
        status=asked["status"] or None,
        direction=asked["direction"] or None,
        made_from=day_in(asked["since"], zone),
        made_before=None if until is None else until + timedelta(days=1),
        account_sid=asked["account"] or None,
        connector_sid=asked["connector"] or None,
        error_code=int(error) if error else None,
    )


def typed_number(typed: str) -> str | None:
    """Return a number as messages have it: people group its digits."""
    bare = typed.replace(" ", "").replace("-", "")
    return (bare if bare.lstrip("+").isdecimal() else typed) or None


def _cursor(query: Mapping[str, str]) -> Cursor | None:
    for name in ("newer", "older"):
        sid = query.get(name)
        if sid:
            if not sids.is_sid(sid, sids.Prefix.MESSAGE):
                raise BadParameter(_("%(name)s is not a message's SID.", name=name))
            return Cursor(sid, towards_newer=name == "newer")
    return None
