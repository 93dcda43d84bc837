"""The connectors: what each bind and channel does now, and why it does nothing."""

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import charts
from api.dashboard.connector import binds_of
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor
from api.deps import services
from smsc.messaging.reading.connector_hours import last_day
from smsc.messaging.reading.overview import Backlog, backlogs
from smsc.provisioning import channels, connectors
from smsc.provisioning.channels import LiveChannel
from smsc.provisioning.simulated import is_simulated
from smsc.provisioning.transaction import reading

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
    shown = [one.sid for one in found.items]
    days = await last_day(house.confined, reach.carrier_sid, datetime.now(UTC), shown)
    return render(
        "connectors.html",
        visitor,
        connectors=found.items,
        after=found.after,
        channels=by_connector,
        backlogs=await backlogs(house.confined, reach.carrier_sid),
        nothing=Backlog(),
        binds={one.sid: binds_of(one) for one in found.items},
        sparklines={
            sid: charts.sparkline([(hour.accepted, hour.refused) for hour in hours])
            for sid, hours in days.items()
        },
        may_pause=reach.runs_carrier,
        simulated=simulated if reach.sends_for_carrier else (),
    )
