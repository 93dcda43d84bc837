"""The connectors: what each bind and channel does now, and why it does nothing."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from smsc.messaging.reading.overview import Backlog, backlogs
from smsc.provisioning import channels, connectors
from smsc.provisioning.channels import LiveChannel
from smsc.provisioning.connector_fields import ConnectorChange
from smsc.provisioning.simulated import is_simulated
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_MOST_CONNECTORS: Final = 40  # a page stays under 100 KB
_MOST_CHANNELS: Final = 150


async def show(request: Request, visitor: Visitor) -> Response:
    """Show them."""
    reach = visitor.reach
    house = services(request)
    after = request.query_params.get("after") or None
    async with reading(house.database) as db:
        found = await connectors.page(db, reach.carrier_sid, limit=_MOST_CONNECTORS, after=after)
        lines = await channels.page(db, reach.carrier_sid, limit=_MOST_CHANNELS)
    simulated = {one.sid for one in found.items if is_simulated(one.connector, house.settings)}
    by_connector: dict[str, list[LiveChannel]] = {}
    for line in lines.items:
        by_connector.setdefault(line.channel.connector_sid, []).append(line)
    return render(
        "connectors.html",
        visitor,
        connectors=found.items,
        after=found.after,
        channels=by_connector,
        backlogs=await backlogs(house.database, reach.carrier_sid),
        nothing=Backlog(),
        may_pause=reach.runs_carrier,
        simulated=simulated if reach.sends_for_carrier else (),
    )


async def pause(request: Request, visitor: Visitor, _: Mapping[str, str]) -> Response:
    """Stop a connector: what waits for it goes on waiting."""
    return await _set_paused(request, visitor, paused=True)


async def resume(request: Request, visitor: Visitor, _: Mapping[str, str]) -> Response:
    """Let a connector go on."""
    return await _set_paused(request, visitor, paused=False)


async def _set_paused(request: Request, visitor: Visitor, *, paused: bool) -> Response:
    """Change it, in every process.

    Raises:
        NotFound: the carrier has no such connector.
    """
    sid = request.path_params["sid"]
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        asked = ConnectorChange(paused=paused)
        await connectors.change(db, house.vault, visitor.reach.carrier_sid, sid, asked)
    log.info("connector.paused" if paused else "connector.resumed", by=visitor.user.sid, sid=sid)
    return see_other("/connectors")
