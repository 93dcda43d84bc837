"""The platform: whether everything runs, for whoever runs it for all carriers."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor
from api.deps import services
from api.health import reason_not_ready
from smsc.jobs import redis_state
from smsc.messaging.reading import kept, platform

KINDS: Final = ("gateway", "listener", "webhooks", "clock")


async def show(request: Request, visitor: Visitor) -> Response:
    """Show health in words, carriers, workers, leases, jobs, Redis, the database, retention."""
    house = services(request)
    processes = await platform.processes(house.database)
    running = {kind for one in processes for kind in one.kinds.split(",")}
    _, redis_url, _ = house.settings.require_servers()
    return render(
        "platform.html",
        visitor,
        reason=await reason_not_ready(request),
        missing=[kind for kind in KINDS if kind not in running],
        carriers=await platform.carriers(house.database),
        processes=processes,
        leases=await platform.leases(house.database),
        redis=await redis_state(redis_url, [one.sid for one in processes]),
        server=await platform.database_state(house.database),
        kept=await kept.retention(house.database),
    )
