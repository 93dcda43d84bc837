"""`/carrier/v1/channels`."""

from fastapi import APIRouter

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.channel_view import ChannelView
from api.carrier.lists import ListView, Paging
from smsc.provisioning import channels
from smsc.provisioning.channels import ChannelChange, ChannelDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/channels", route_class=CarrierRoute, tags=["channels"])


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: ChannelDraft) -> ChannelView:
    """Make a channel: a SIM or line of a connector's device."""
    async with changing(house.database, house.bells.announce_change) as db:
        channel = await channels.create(db, carrier, draft)
    return ChannelView.of(channel)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, connector_sid: str | None = None
) -> ListView[ChannelView]:
    """List channels with what they have sent, of one connector if so asked."""
    async with reading(house.database) as db:
        page = await channels.page(
            db, carrier, limit=asked.limit, after=asked.after, connector_sid=connector_sid
        )
    return asked.render(page, ChannelView.of)


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> ChannelView:
    """Read a channel with what it has sent today and this month."""
    async with reading(house.database) as db:
        channel = await channels.get(db, carrier, sid)
    return ChannelView.of(channel)


@router.patch("/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: ChannelChange) -> ChannelView:
    """Change a channel; what waited for it is looked at again."""
    async with changing(house.database, house.bells.announce_change) as db:
        channel = await channels.change(db, carrier, sid, asked)
    return ChannelView.of(channel)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Delete a channel; what waits for it goes by another."""
    async with changing(house.database, house.bells.announce_change) as db:
        await channels.remove(db, carrier, sid)
