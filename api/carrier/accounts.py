"""`/carrier/v1/accounts`."""

from fastapi import APIRouter

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from api.carrier.views import AccountView
from smsc.models import AccountStatus
from smsc.provisioning import accounts
from smsc.provisioning.accounts import AccountChange, AccountDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/accounts", route_class=CarrierRoute, tags=["accounts"])


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: AccountDraft) -> AccountView:
    """Make an account."""
    async with changing(house.database, house.bells.announce_change) as db:
        account = await accounts.create(db, house.vault, carrier, draft)
    return AccountView.of(account, house.vault)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, status: AccountStatus | None = None
) -> ListView[AccountView]:
    """List accounts; closed ones only with `?status=closed`."""
    async with reading(house.database) as db:
        page = await accounts.page(db, carrier, limit=asked.limit, after=asked.after, status=status)
    return asked.render(page, lambda account: AccountView.of(account, house.vault))


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> AccountView:
    """Read an account."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, sid)
    return AccountView.of(account, house.vault)


@router.patch("/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: AccountChange) -> AccountView:
    """Rename, suspend, reactivate or close an account."""
    async with changing(house.database, house.bells.announce_change) as db:
        account = await accounts.change(db, carrier, sid, asked)
    return AccountView.of(account, house.vault)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Close an account for ever; its numbers are for sale again, its messages stay."""
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.close(db, carrier, sid)
