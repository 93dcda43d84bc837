"""Whether this process lives, and whether it can do its work."""

from typing import Final

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.deps import opening
from smsc import jobs, migrate
from smsc.db import UNAVAILABLE
from smsc.errors import ServiceUnavailable

_NOT_MIGRATED: Final = "the database is not migrated; run `smsc migrate`"


async def live(request: Request) -> Response:  # noqa: ARG001 a route's shape
    """Answer as long as the process can answer at all."""
    return _status(200, {"status": "ok"})


async def ready(request: Request) -> Response:
    """Answer 200 when the database, its migrations and Redis are there, else 503 and why not."""
    reason = await reason_not_ready(request)
    if reason is None:
        return _status(200, {"status": "ready"})
    return _status(503, {"status": "not ready", "reason": reason})


async def reason_not_ready(request: Request) -> str | None:
    """Return what is missing."""
    try:
        services = opening(request).services
    except ServiceUnavailable as error:
        return error.message
    try:
        async with services.database.single() as connection:
            revision = await connection.fetchval(migrate.CURRENT_REVISION)
    except asyncpg.UndefinedTableError:
        return _NOT_MIGRATED
    except UNAVAILABLE as error:
        return f"the database can't be reached ({type(error).__name__})"
    head = migrate.head_revision()
    if revision != head:
        return f"the database is at revision {revision}, this release needs {head}"
    _, redis_url, _ = services.settings.require_servers()
    if not await jobs.is_alive(redis_url):
        return "Redis can't be reached"
    return None


def _status(status: int, value: dict[str, str]) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
