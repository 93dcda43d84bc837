"""One connector: what it does at this moment, what went over it today, and its buttons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import charts
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, see_other
from api.deps import services
from smsc.messaging.reading.connector_hours import last_day
from smsc.messaging.reading.overview import Backlog, backlogs
from smsc.provisioning import channels, connectors, probes, sender_choices
from smsc.provisioning.connector_fields import ConnectorChange
from smsc.provisioning.connectors import LiveConnector
from smsc.provisioning.simulated import is_simulated
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_MOST_CHANNELS: Final = 150  # a page stays under 100 KB
_PROBES: Final = 10
_CHANGES: Final = {
    "pause": ConnectorChange(paused=True),
    "resume": ConnectorChange(paused=False, draining=False),
    "drain": ConnectorChange(draining=True),
}


@dataclass(frozen=True, slots=True)
class BindLine:
    """One bind, as the table of them has it."""

    system_id: str
    bind_type: str
    state: str
    reason: str
    bound_since: datetime | None = None
    heard_at: datetime | None = None
    checked_at: datetime | None = None
    window_in_use: int = 0
    window: int = 0
    rate: float | None = None
    is_throttled: bool = False
    paused_seconds: int = 0


def binds_of(live: LiveConnector) -> Sequence[BindLine]:
    """Return how each bind of a connector stands, with its figures once they are told."""
    lines = []
    for number, state in enumerate(live.bind_states):
        told: dict[str, Any] = dict(live.figures[number]) if number < len(live.figures) else {}
        for moment in ("bound_since", "heard_at", "checked_at"):
            if told.get(moment):
                told[moment] = datetime.fromisoformat(told[moment])
        lines.append(BindLine(**{**state, **told}))
    return lines


async def show(request: Request, visitor: Visitor) -> Response:
    """Show it.

    Raises:
        NotFound: the carrier has no such connector.
    """
    house, reach = services(request), visitor.reach
    sid = request.path_params["sid"]
    async with reading(house.database) as db:
        live = await connectors.get(db, reach.carrier_sid, sid)
        lines = await channels.page(db, reach.carrier_sid, limit=_MOST_CHANNELS, connector_sid=sid)
        probed = await probes.latest(db, reach.carrier_sid, sid, limit=_PROBES)
        sender = await sender_choices.first_number(db, reach.carrier_sid)
    day = await last_day(house.confined, reach.carrier_sid, datetime.now(UTC), [sid])
    return render(
        "connector.html",
        visitor,
        live=live,
        warnings=live.warnings(house.vault),
        binds=binds_of(live),
        backlog=(await backlogs(house.confined, reach.carrier_sid)).get(sid, Backlog()),
        channels=lines.items,
        hours=day[sid],
        sparkline=charts.sparkline([(hour.accepted, hour.refused) for hour in day[sid]]),
        probes=probed,
        sender=sender,
        is_simulated=is_simulated(live.connector, house.settings),
        may_change=reach.runs_carrier,
    )


async def pause(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Stop it: what waits for it goes on waiting."""
    return await _change(request, visitor, "pause")


async def resume(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Let it go on, and take new messages."""
    return await _change(request, visitor, "resume")


async def drain(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Give it nothing new: it sends what waits, and stays bound for receipts."""
    return await _change(request, visitor, "drain")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Delete it and its routes.

    Raises:
        NotFound: the carrier has no such connector.
        Conflict: something waits for it.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await connectors.remove(db, visitor.reach.carrier_sid, sid)
    log.info("connector.removed", by=visitor.user.sid, sid=sid)
    return see_other("/connectors", "removed")


async def _change(request: Request, visitor: Visitor, what: str) -> Response:
    """Change it, in every process.

    Raises:
        NotFound: the carrier has no such connector.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await connectors.change(db, house.vault, visitor.reach.carrier_sid, sid, _CHANGES[what])
    log.info("connector.switched", by=visitor.user.sid, sid=sid, to=what)
    return see_other(f"/connectors/{sid}")
