"""`/carrier/v1/capacity`: what the connectors can do, beside what waits."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.messaging.reading.capacity import capacities

router = APIRouter(prefix="/capacity", route_class=CarrierRoute, tags=["capacity"])


class CapacityView(BaseModel):
    """One connector's, in segments; `per_second` is null where none is set."""

    connector_sid: str
    name: str
    is_bound: bool
    per_second: float | None
    queued: int
    busiest_hour: int
    day: int
    seconds_to_empty: float | None


class CapacitiesView(BaseModel):
    """All connectors, by name."""

    data: list[CapacityView]


@router.get("")
async def get(house: House, carrier: Carrier) -> CapacitiesView:
    """Say what each connector can do in segments a second, what waits, and the last day's peak."""
    found = await capacities(house.confined, carrier)
    return CapacitiesView(
        data=[
            CapacityView.model_validate(asdict(one) | {"seconds_to_empty": one.seconds_to_empty})
            for one in found
        ]
    )
