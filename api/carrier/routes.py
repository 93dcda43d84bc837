"""`/carrier/v1/routes`."""

from dataclasses import asdict
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from api.carrier.views import RouteView
from smsc.messaging.reading.route_explanation import Verdict, explain
from smsc.provisioning import routes
from smsc.provisioning.routes import RouteChange, RouteDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/routes", route_class=CarrierRoute, tags=["routes"])


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: RouteDraft) -> RouteView:
    """Make a route."""
    async with changing(house.database, house.bells.announce_change) as db:
        route = await routes.create(db, carrier, draft)
    return RouteView.of(route)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, connector_sid: str | None = None
) -> ListView[RouteView]:
    """List routes, to one connector if so asked."""
    async with reading(house.database) as db:
        page = await routes.page(
            db, carrier, limit=asked.limit, after=asked.after, connector_sid=connector_sid
        )
    return asked.render(page, RouteView.of)


class CandidateView(BaseModel):
    """A route whose prefix fits, and why it is taken or isn't."""

    route_sid: str
    prefix: str
    priority: int
    connector_sid: str
    connector_name: str
    is_bound: bool
    verdict: Verdict


class ExplanationView(BaseModel):
    """How a number would go now; without a candidate that is taken, it would be refused."""

    number: str
    iso_country: str | None
    candidates: list[CandidateView]
    price: Decimal | None
    price_unit: str


@router.get("/explanation")
async def get_explanation(house: House, carrier: Carrier, to: str) -> ExplanationView:
    """Say how a number would go now, and why."""
    prices = await house.directory.prices(carrier)
    explained = await explain(house.confined, prices, carrier, to)
    return ExplanationView.model_validate(asdict(explained))


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> RouteView:
    """Read a route."""
    async with reading(house.database) as db:
        route = await routes.get(db, carrier, sid)
    return RouteView.of(route)


@router.patch("/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: RouteChange) -> RouteView:
    """Change a route."""
    async with changing(house.database, house.bells.announce_change) as db:
        route = await routes.change(db, carrier, sid, asked)
    return RouteView.of(route)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Delete a route."""
    async with changing(house.database, house.bells.announce_change) as db:
        await routes.remove(db, carrier, sid)
