"""`/carrier/v1/phone_numbers`."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from api.carrier.views import PhoneNumberView
from smsc.provisioning import phone_numbers
from smsc.provisioning.fields import Input
from smsc.provisioning.phone_numbers import PhoneNumberChange, PhoneNumberDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/phone_numbers", route_class=CarrierRoute, tags=["phone_numbers"])


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: PhoneNumberDraft) -> PhoneNumberView:
    """Put a sender into the inventory."""
    async with changing(house.database, house.bells.announce_change) as db:
        number = await phone_numbers.create(db, carrier, draft)
    return PhoneNumberView.of(number)


class Batch(Input):
    """Senders that join the inventory together."""

    phone_numbers: list[PhoneNumberDraft] = Field(min_length=1, max_length=200)


class BatchView(BaseModel):
    """Those that were new; the others were in the inventory before."""

    created: list[PhoneNumberView]


@router.post("/batch", status_code=201)
async def create_all(house: House, carrier: Carrier, batch: Batch) -> BatchView:
    """Put many senders into the inventory: all or none; what is in it already stays as it is."""
    async with changing(house.database, house.bells.announce_change) as db:
        made = await phone_numbers.create_all(db, carrier, batch.phone_numbers)
    return BatchView(created=[PhoneNumberView.of(number) for number in made])


@router.get("")
async def list_page(
    house: House,
    carrier: Carrier,
    asked: Paging,
    account_sid: str | None = None,
    phone_number: str | None = None,
) -> ListView[PhoneNumberView]:
    """List senders, of one account or with one number if so asked."""
    async with reading(house.database) as db:
        page = await phone_numbers.page(
            db,
            carrier,
            limit=asked.limit,
            after=asked.after,
            account_sid=account_sid,
            phone_number=phone_number,
        )
    return asked.render(page, PhoneNumberView.of)


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> PhoneNumberView:
    """Read a sender."""
    async with reading(house.database) as db:
        number = await phone_numbers.get(db, carrier, sid)
    return PhoneNumberView.of(number)


@router.patch("/{sid}")
async def change(
    house: House, carrier: Carrier, sid: str, asked: PhoneNumberChange
) -> PhoneNumberView:
    """Give a sender to an account, take it back, or change its webhooks."""
    async with changing(house.database, house.bells.announce_change) as db:
        number = await phone_numbers.change(db, carrier, sid, asked)
    return PhoneNumberView.of(number)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Take a sender out of the inventory."""
    async with changing(house.database, house.bells.announce_change) as db:
        await phone_numbers.remove(db, carrier, sid)
