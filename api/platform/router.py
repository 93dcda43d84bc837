"""The routes of `/platform/v1`. Its keys are carriers' keys that were made for it."""

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from api.carrier.auth import House, PlatformRoute
from api.health import reason_not_ready
from smsc.jobs import redis_state
from smsc.messaging.reading import kept, platform


class CarrierLineView(BaseModel):
    """A carrier, with how many of what it has."""

    sid: str
    name: str
    created_at: datetime
    accounts: int
    connectors: int
    bound: int
    people: int


class CarriersView(BaseModel):
    """All carriers, oldest first."""

    data: list[CarrierLineView]


class ProcessView(BaseModel):
    """A worker that lives, and how many connectors it runs."""

    sid: str
    kinds: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    leases: int


class LeaseView(BaseModel):
    """A connector, who runs it, and until when its lease lasts without a renewal."""

    connector_sid: str
    connector_name: str
    carrier_name: str
    owner: str | None
    epoch: int
    expires_at: datetime
    state: str


class WorkersView(BaseModel):
    """The workers, and the leases of connectors."""

    processes: list[ProcessView]
    leases: list[LeaseView]


class TableView(BaseModel):
    """A table with its indexes; its rows are estimated."""

    name: str
    octets: int
    rows: int
    vacuumed_at: datetime | None


class DatabaseView(BaseModel):
    """The database server and what it holds."""

    version: str
    octets: int
    connections: int
    most_connections: int
    tables: list[TableView]


class RedisView(BaseModel):
    """Redis, and how many jobs wait in each queue."""

    version: str
    octets: int
    clients: int
    uptime_seconds: int
    waiting: dict[str, int]


class HealthView(BaseModel):
    """Whether this process can do its work; `redis` is null when it is away."""

    ready: bool
    reason: str | None
    redis: RedisView | None


class TermView(BaseModel):
    """Days that something is kept (null: for ever), and before when it is gone."""

    days: int | None
    gone_before: datetime | None


class KeptView(BaseModel):
    """What an account keeps for how long."""

    carrier_sid: str
    carrier_name: str
    account_sid: str
    account_name: str
    texts: TermView
    numbers: TermView
    logs: TermView
    messages: TermView


class RetentionView(BaseModel):
    """The accounts that don't keep all for ever, by carrier."""

    data: list[KeptView]


router = APIRouter(route_class=PlatformRoute, tags=["platform"])


@router.get("/carriers")
async def list_carriers(house: House) -> CarriersView:
    """List the carriers."""
    found = await platform.carriers(house.database)
    return CarriersView(data=[CarrierLineView.model_validate(asdict(one)) for one in found])


@router.get("/workers")
async def list_workers(house: House) -> WorkersView:
    """List worker processes and the leases of connectors."""
    return WorkersView(
        processes=[
            ProcessView.model_validate(asdict(one))
            for one in await platform.processes(house.database)
        ],
        leases=[
            LeaseView.model_validate(asdict(one)) for one in await platform.leases(house.database)
        ],
    )


@router.get("/database")
async def get_database(house: House) -> DatabaseView:
    """Say how large the database is, table by table."""
    return DatabaseView.model_validate(asdict(await platform.database_state(house.database)))


@router.get("/retention")
async def get_retention(house: House) -> RetentionView:
    """List how long accounts keep texts, numbers, logs and messages, and what is gone by now."""
    found = await kept.retention(house.database)
    return RetentionView(data=[KeptView.model_validate(asdict(one)) for one in found])


@router.get("/health")
async def get_health(house: House, request: Request) -> HealthView:
    """Say whether this process can do its work, and how Redis and the jobs stand."""
    reason = await reason_not_ready(request)
    _, redis_url, _ = house.settings.require_servers()
    gateways = [one.sid for one in await platform.processes(house.database)]
    state = await redis_state(redis_url, gateways)
    return HealthView(
        ready=reason is None,
        reason=reason,
        redis=None if state is None else RedisView.model_validate(asdict(state)),
    )
