"""`/carrier/v1/connectors/{sid}/probes`: let the doctor examine a connector."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.doctor.asked import Asked
from smsc.models import Probe
from smsc.provisioning import probes
from smsc.provisioning.transaction import changing, reading

router = APIRouter(
    prefix="/connectors/{connector_sid}/probes", route_class=CarrierRoute, tags=["probes"]
)


class ProbeView(BaseModel):
    """A probe: what was asked, how it stands, and its report so far."""

    sid: str
    connector_sid: str
    state: Literal["waiting", "running", "done", "failed"]
    asked: dict[str, Any]
    report: dict[str, Any]
    date_created: datetime
    date_finished: datetime | None

    @classmethod
    def of(cls, probe: Probe) -> "ProbeView":
        """Show a probe."""
        return cls.model_validate(
            probe.model_dump()
            | {"date_created": probe.created_at, "date_finished": probe.finished_at}
        )


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, connector_sid: str, asked: Asked) -> ProbeView:
    """Begin a probe. Its connector's binds rest meanwhile, and what is to be sent waits."""
    asked.check()
    async with changing(house.database, _quiet) as db:
        probe = await probes.create(db, carrier, connector_sid, asked.stored())
    house.bells.ring_probe(probe.sid)
    return ProbeView.of(probe)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, connector_sid: str, asked: Paging
) -> ListView[ProbeView]:
    """List a connector's probes."""
    async with reading(house.database) as db:
        page = await probes.page(db, carrier, connector_sid, limit=asked.limit, after=asked.after)
    return asked.render(page, ProbeView.of)


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, connector_sid: str, sid: str) -> ProbeView:
    """Read a probe and its report so far."""
    async with reading(house.database) as db:
        probe = await probes.get(db, carrier, connector_sid, sid)
    return ProbeView.of(probe)


async def _quiet() -> None:
    """Tell nobody: no process has probes in its caches."""
