"""The channels: each SIM or line with its quotas, what it has sent today, and its settings."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.carrier.channel_view import ChannelView
from api.dashboard.forms import after_in
from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.setting_fields import WHOLE, fields_of, read
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from smsc.errors import Conflict
from smsc.provisioning import channels, connectors
from smsc.provisioning.channels import ChannelChange, ChannelDraft
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 150
LABELS: Final = {
    "number": N_("Line, as the device counts it"),
    "name": N_("Name"),
    "phone_number": N_("Number of the SIM"),
    "operator": N_("Operator"),
    "iccid": N_("Number on the SIM card (ICCID)"),
    "value": N_("How a message names this line, if the device asks for that"),
    "throughput": N_("Segments a second; 0.1 is one in ten seconds"),
    "day_segments": N_("Segments a day; empty: no limit"),
    "month_segments": N_("Segments a month; empty: no limit"),
    "day_recipients": N_("Different recipients a day; empty: no limit"),
    "month_recipients": N_("Different recipients a month; empty: no limit"),
    "month_starts_on": N_("Day on which the operator's month begins"),
    "time_zone": N_("Time zone"),
    "working_hours": N_("Hours in which it sends; none: always"),
    "paused": N_("It rests"),
}
_OF_CHANGE: Final = tuple(name for name in LABELS if name != "number")


async def show(request: Request, visitor: Visitor) -> Response:
    """Show all of the carrier, or of one connector with the form for another.

    Raises:
        NotFound: the carrier has no such connector.
    """
    return await _list(request, visitor, request.query_params.get("connector", ""), {}, {})


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a channel; what is wrong is said beside its field.

    Raises:
        NotFound: the carrier has no such connector.
    """
    house = services(request)
    draft, complaints = read(ChannelDraft, form, ("connector_sid", *LABELS))
    if draft is not None:
        try:
            async with changing(house.database, house.bells.announce_change) as db:
                made = await channels.create(db, visitor.reach.carrier_sid, draft)
        except Conflict as taken:
            complaints = {"number": said(taken.message)}
        else:
            log.info("channel.created", by=visitor.user.sid, sid=made.sid)
            return see_other(f"/channels?connector={draft.connector_sid}", "added")
    return await _list(request, visitor, form.get("connector_sid", ""), form, complaints)


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a channel's settings.

    Raises:
        NotFound: the carrier has no such channel.
    """
    return await _one(request, visitor, None, {})


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change it; what is wrong is said beside its field.

    Raises:
        NotFound: the carrier has no such channel.
    """
    house, sid = services(request), request.path_params["sid"]
    asked, complaints = read(ChannelChange, form, _OF_CHANGE)
    if asked is None:
        return await _one(request, visitor, form, complaints)
    async with changing(house.database, house.bells.announce_change) as db:
        changed = await channels.change(db, visitor.reach.carrier_sid, sid, asked)
    log.info("channel.changed", by=visitor.user.sid, sid=sid)
    return see_other(f"/channels?connector={changed.channel.connector_sid}", "changed")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Delete it; what waits for it goes by another.

    Raises:
        NotFound: the carrier has no such channel.
    """
    house, sid = services(request), request.path_params["sid"]
    carrier_sid = visitor.reach.carrier_sid
    async with changing(house.database, house.bells.announce_change) as db:
        gone = await channels.get(db, carrier_sid, sid)
        await channels.remove(db, carrier_sid, sid)
    log.info("channel.removed", by=visitor.user.sid, sid=sid)
    return see_other(f"/channels?connector={gone.channel.connector_sid}", "removed")


async def _list(
    request: Request,
    visitor: Visitor,
    connector_sid: str,
    values: Mapping[str, object],
    complaints: Mapping[str, str],
) -> Response:
    carrier_sid = visitor.reach.carrier_sid
    async with reading(services(request).database) as db:
        of = await connectors.get(db, carrier_sid, connector_sid) if connector_sid else None
        found = await channels.page(
            db,
            carrier_sid,
            limit=_ROWS,
            after=after_in(request.query_params),
            connector_sid=connector_sid or None,
        )
        names = await names_of(db, visitor.reach)
    more = f"&connector={connector_sid}" if connector_sid else ""
    return render(
        "channels.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        channels=found.items,
        older=f"/channels?after={found.after}{more}" if found.after else None,
        names=names,
        live=of,
        fields=fields_of(ChannelDraft, LABELS, values, complaints),
        labels=_labels(),
        complaint=complaints.get(WHOLE, ""),
        has_complaints=bool(complaints),
        may_change=visitor.reach.runs_carrier,
    )


async def _one(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, object] | None,
    complaints: Mapping[str, str],
) -> Response:
    async with reading(services(request).database) as db:
        line = await channels.get(db, visitor.reach.carrier_sid, request.path_params["sid"])
        live = await connectors.get(db, visitor.reach.carrier_sid, line.channel.connector_sid)
    now = ChannelView.of(line).model_dump(mode="json")
    return render(
        "channel.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        line=line,
        live=live,
        fields=fields_of(ChannelDraft, _OF_CHANGE, values or now, complaints),
        labels=_labels(),
        complaint=complaints.get(WHOLE, ""),
        may_change=visitor.reach.runs_carrier,
    )


def _labels() -> Mapping[str, str]:
    return {name: _(label) for name, label in LABELS.items()}
