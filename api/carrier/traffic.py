"""`/carrier/v1/traffic` and `/message_events`: how much there is, and what happens just now."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.messaging.reading import charts, overview, stream
from smsc.models import Role
from smsc.provisioning import accounts
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import reading

router = APIRouter(route_class=CarrierRoute, tags=["traffic"])


class HourView(BaseModel):
    """What was made in an hour."""

    begins: datetime
    sent: int
    received: int


class DayView(BaseModel):
    """What was used and charged on a day, UTC."""

    date: date
    sent: int
    received: int
    spent: Decimal


class CountryView(BaseModel):
    """Messages to a country; "" is unknown."""

    iso_country: str
    sent: int


class OperatorView(BaseModel):
    """Messages to numbers that an operator was given; "" is unknown."""

    operator: str
    sent: int


class TrafficView(BaseModel):
    """Messages since a moment by status, the last 24 hours, and 30 days."""

    since: datetime
    outbound: dict[str, int]
    received: int
    delivery_rate: float | None
    seconds_to_deliver: float | None
    price_unit: str
    hours: list[HourView]
    countries: list[CountryView]
    operators: list[OperatorView]
    days: list[DayView]


class EventView(BaseModel):
    """A change of one message."""

    at: datetime
    event: str
    message_sid: str
    direction: str
    from_: str = Field(serialization_alias="from")
    to: str
    why: str | None


class EventsView(BaseModel):
    """The latest changes, newest first."""

    data: list[EventView]


@router.get("/traffic")
async def get(house: House, carrier: Carrier, since: AwareDatetime | None = None) -> TrafficView:
    """Say how traffic goes: by status since a moment (else midnight UTC), by hour, by day.

    `seconds_to_deliver` is what half of the messages of 24 hours took at most.
    """
    reach, now = Reach(carrier, Role.MEMBER), datetime.now(UTC)
    begins = since or now.replace(hour=0, minute=0, second=0, microsecond=0)
    counted = await overview.traffic(house.confined, reach, begins, now)
    seen = await charts.last_day(house.confined, reach, now)
    async with reading(house.database) as db:
        account_sids = await accounts.sids_of(db, carrier)
    days = await charts.last_days(house.confined, account_sids, now.date())
    return TrafficView(
        since=begins,
        outbound=dict(counted.outbound),
        received=counted.received,
        delivery_rate=counted.delivery_rate,
        seconds_to_deliver=seen.seconds_to_deliver,
        price_unit=(await house.directory.prices(carrier)).unit,
        hours=[HourView(begins=h.begins, sent=h.sent, received=h.received) for h in seen.hours],
        countries=[CountryView(iso_country=iso, sent=sent) for iso, sent in seen.countries],
        operators=[OperatorView(operator=name, sent=sent) for name, sent in seen.operators],
        days=[
            DayView(date=one.date, sent=one.sent, received=one.received, spent=one.spent)
            for one in days
        ],
    )


@router.get("/message_events")
async def list_events(
    house: House,
    carrier: Carrier,
    account_sid: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
) -> EventsView:
    """List the latest changes of the newest messages, of one account if so asked."""
    if account_sid is not None:
        async with reading(house.database) as db:
            await accounts.get(db, carrier, account_sid)
    found = await stream.latest(house.confined, Reach(carrier, Role.MEMBER), limit, account_sid)
    return EventsView(data=[EventView.model_validate(one._asdict()) for one in found])
