"""The routes: which prefix goes where, and how a number would go."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import after_in, checked
from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from smsc.errors import InvalidDestination
from smsc.messaging.reading.route_explanation import Explanation, Verdict, explain
from smsc.provisioning import routes
from smsc.provisioning.names import names_of
from smsc.provisioning.routes import RouteDraft
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 100
_VERDICTS: Final = {
    Verdict.TAKEN: N_("taken"),
    Verdict.PAUSED: N_("not taken: its connector is paused"),
    Verdict.DRAINING: N_("not taken: its connector takes no new messages"),
    Verdict.SHORTER: N_("not taken: a longer prefix fits"),
    Verdict.UNBOUND: N_("not taken: another connector of this prefix is bound"),
    Verdict.LATER: N_("not taken: another of this prefix comes first"),
}


async def show(request: Request, visitor: Visitor) -> Response:
    """Show the table, and how a number would go if one is given."""
    house, query = services(request), request.query_params
    to = query.get("to", "").strip()
    carrier_sid = visitor.reach.carrier_sid
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        found = await routes.page(db, carrier_sid, limit=_ROWS, after=after_in(query))
    explained: Explanation | None = None
    complaint = ""
    if to:
        try:
            prices = await house.directory.prices(carrier_sid)
            explained = await explain(house.confined, prices, carrier_sid, to)
        except InvalidDestination as error:
            complaint = said(error.message)
    return render(
        "routes.html",
        visitor,
        routes=sorted(found.items, key=lambda route: (route.prefix, route.priority)),
        older=f"/routes?after={found.after}" if found.after else None,
        names=names,
        to=to,
        explained=explained,
        complaint=complaint,
        verdict=_verdict,
        may_change=visitor.reach.runs_carrier,
    )


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a route.

    Raises:
        BadParameter: a field can't be used.
        NotFound: the carrier has no such connector.
    """
    house = services(request)
    fields = ("prefix", "connector_sid", "priority")
    draft = checked(RouteDraft, {name: form[name] for name in fields if form.get(name)})
    async with changing(house.database, house.bells.announce_change) as db:
        made = await routes.create(db, visitor.reach.carrier_sid, draft)
    log.info("route.created", by=visitor.user.sid, sid=made.sid)
    return see_other("/routes", "added")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Delete a route; what was accepted through it is still sent.

    Raises:
        NotFound: the carrier has no such route.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await routes.remove(db, visitor.reach.carrier_sid, sid)
    log.info("route.removed", by=visitor.user.sid, sid=sid)
    return see_other("/routes", "removed")


def _verdict(verdict: Verdict) -> str:
    return _(_VERDICTS[verdict])
