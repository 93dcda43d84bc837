"""The first page: how today goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render, zone_of
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from smsc.messaging.reading import overview
from smsc.messaging.reading.overview import Backlog
from smsc.models import Incident
from smsc.provisioning import alert_rules, connectors, first_steps
from smsc.provisioning.connectors import LiveConnector
from smsc.provisioning.first_steps import FirstStep
from smsc.provisioning.transaction import reading

_ALERTS: Final = 8
_CONNECTORS: Final = 40


async def show(request: Request, visitor: Visitor) -> Response:
    """Show messages since midnight, what waits for each connector, and the latest alerts.

    Where nothing was set up yet, who may do so is led there first.
    """
    house = services(request)
    reach = visitor.reach
    standing = None
    if reach.runs_carrier:
        standing = await first_steps.standing(house.confined, reach.carrier_sid)
        if standing.is_empty:
            return see_other("/setup")
    now = datetime.now(zone_of(visitor))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    open_incidents: Sequence[Incident] = ()
    links: list[tuple[LiveConnector, Backlog]] = []
    if reach.sees_carrier:
        waiting = await overview.backlogs(house.confined, reach.carrier_sid)
        async with reading(house.database) as db:
            found = await connectors.page(db, reach.carrier_sid, limit=_CONNECTORS)
            open_incidents = await alert_rules.open_incidents(db, reach.carrier_sid)
        links = [(one, waiting.get(one.sid, Backlog())) for one in found.items]
    return render(
        "home.html",
        visitor,
        today=midnight.date(),
        traffic=await overview.traffic(house.confined, reach, midnight, now),
        links=links,
        incidents=open_incidents,
        standing=standing,
        steps=len(FirstStep),
        alerts=await overview.alerts(house.confined, reach, _ALERTS),
    )
