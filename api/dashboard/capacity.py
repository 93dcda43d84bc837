"""The capacity: what connectors can do, beside what waits and what the last day asked."""

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor
from api.deps import services
from smsc.messaging.reading.capacity import capacities


async def show(request: Request, visitor: Visitor) -> Response:
    """Show each connector's, and what all can do together."""
    found = await capacities(services(request).confined, visitor.reach.carrier_sid)
    bound = [one for one in found if one.is_bound]
    return render(
        "capacity.html",
        visitor,
        capacities=found,
        together=sum(one.per_second or 0.0 for one in bound),
        has_open_end=any(one.per_second is None for one in bound),
        busiest=sum(one.busiest_hour for one in found),
    )
