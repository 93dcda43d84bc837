"""`/carrier/v1/connectors`."""

from dataclasses import asdict
from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging, PagingByNumber
from api.carrier.receipts_view import (
    ConnectorReceiptsView,
    ParkedReceiptView,
    ReceiptHealthView,
)
from api.carrier.views import ConnectorView
from smsc.messaging.reading.connector_hours import last_day
from smsc.messaging.receiving import parking
from smsc.provisioning import connectors
from smsc.provisioning.connector_fields import ConnectorChange, ConnectorDraft
from smsc.provisioning.listing import Slice
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/connectors", route_class=CarrierRoute, tags=["connectors"])


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: ConnectorDraft) -> ConnectorView:
    """Make a connector; a gateway process binds it within two seconds."""
    async with changing(house.database, house.bells.announce_change) as db:
        connector = await connectors.create(db, house.vault, carrier, draft)
    return ConnectorView.of(connector, house.vault)


@router.get("")
async def list_page(house: House, carrier: Carrier, asked: Paging) -> ListView[ConnectorView]:
    """List connectors with their live states."""
    async with reading(house.database) as db:
        page = await connectors.page(db, carrier, limit=asked.limit, after=asked.after)
    return asked.render(page, lambda live: ConnectorView.of(live, house.vault))


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> ConnectorView:
    """Read a connector with its live state."""
    async with reading(house.database) as db:
        connector = await connectors.get(db, carrier, sid)
    return ConnectorView.of(connector, house.vault)


@router.get("/{sid}/receipts")
async def receipts(
    house: House, carrier: Carrier, sid: str, asked: PagingByNumber
) -> ConnectorReceiptsView:
    """Say how well a connector's receipts find their segments, and list those that did not."""
    async with reading(house.database) as db:
        connector = await connectors.get(db, carrier, sid)
    after = int(asked.after or 0)
    found = await parking.page(house.confined, sid, limit=asked.limit + 1, after=after)
    has_more = len(found) > asked.limit
    shown = found[: asked.limit]
    page = asked.render(Slice(shown, str(shown[-1].id) if has_more else None), ParkedReceiptView.of)
    waiting, orphans = await parking.count(house.confined, sid)
    return ConnectorReceiptsView(
        receipts=ReceiptHealthView.of(connector.receipts),
        waiting=waiting,
        orphans=orphans,
        data=page.data,
        next=page.next,
    )


class ConnectorHourView(BaseModel):
    """The segments that a remote took and refused in an hour, and what came from it."""

    begins: datetime
    accepted: int
    refused: int
    received: int


class ConnectorDayView(BaseModel):
    """24 hours, the present one last."""

    hours: list[ConnectorHourView]


@router.get("/{sid}/hours")
async def hours(house: House, carrier: Carrier, sid: str) -> ConnectorDayView:
    """Count what went over a connector in the last 24 hours."""
    async with reading(house.database) as db:
        await connectors.get(db, carrier, sid)
    day = await last_day(house.confined, carrier, datetime.now(UTC), [sid])
    return ConnectorDayView(
        hours=[ConnectorHourView.model_validate(asdict(hour)) for hour in day[sid]]
    )


@router.patch("/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: ConnectorChange) -> ConnectorView:
    """Change a connector; it is bound anew if it must be."""
    async with changing(house.database, house.bells.announce_change) as db:
        connector = await connectors.change(db, house.vault, carrier, sid, asked)
    return ConnectorView.of(connector, house.vault)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Delete a connector that nothing waits for, and its routes."""
    async with changing(house.database, house.bells.announce_change) as db:
        await connectors.remove(db, carrier, sid)
