"""`/carrier/v1/tariffs` and `/carrier/v1/balances`: prices, and what accounts have left."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.billing import ledger
from smsc.billing.ledger import Left
from smsc.errors import BadParameter
from smsc.models import Tariff, TariffDirection
from smsc.provisioning import accounts, tariffs
from smsc.provisioning.fields import Input, Label
from smsc.provisioning.tariffs import TariffChange, TariffDraft
from smsc.provisioning.transaction import changing, reading

router = APIRouter(route_class=CarrierRoute, tags=["tariffs"])

Amount = Annotated[Decimal, Field(max_digits=12, decimal_places=6)]


class TariffView(BaseModel):
    """A price of a segment."""

    sid: str
    direction: TariffDirection
    prefix: str
    price: Decimal
    name: str
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, tariff: Tariff) -> "TariffView":
        """Show a tariff."""
        dates = {"date_created": tariff.created_at, "date_updated": tariff.updated_at}
        return cls.model_validate(tariff.model_dump() | dates)


class Credit(Input):
    """What is added to a balance; negative: taken from it."""

    amount: Amount
    note: Label = ""


class Limit(Input):
    """How low a balance may fall; null: no limit."""

    floor: Annotated[Decimal, Field(max_digits=12, decimal_places=6, le=0)] | None


class Currency(Input):
    """A currency, by ISO 4217."""

    price_unit: Annotated[str, StringConstraints(pattern="^[A-Za-z]{3}$", to_upper=True)]


class BalanceView(BaseModel):
    """What an account and its subaccounts have left."""

    account_sid: str
    balance: Decimal
    floor: Decimal | None
    price_unit: str

    @classmethod
    def of(cls, account_sid: str, left: Left) -> "BalanceView":
        """Show a balance."""
        return cls(
            account_sid=account_sid, balance=left.balance, floor=left.floor, price_unit=left.unit
        )


@router.post("/tariffs", status_code=201)
async def create(house: House, carrier: Carrier, draft: TariffDraft) -> TariffView:
    """Set a price."""
    async with changing(house.database, house.bells.announce_change) as db:
        tariff = await tariffs.create(db, carrier, draft)
    return TariffView.of(tariff)


@router.get("/tariffs")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, direction: TariffDirection | None = None
) -> ListView[TariffView]:
    """List prices, of one direction if so asked."""
    async with reading(house.database) as db:
        page = await tariffs.page(
            db, carrier, limit=asked.limit, after=asked.after, direction=direction
        )
    return asked.render(page, TariffView.of)


@router.get("/tariffs/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> TariffView:
    """Read a price."""
    async with reading(house.database) as db:
        tariff = await tariffs.get(db, carrier, sid)
    return TariffView.of(tariff)


@router.patch("/tariffs/{sid}")
async def change(house: House, carrier: Carrier, sid: str, asked: TariffChange) -> TariffView:
    """Change a price, for what is accepted from now on."""
    async with changing(house.database, house.bells.announce_change) as db:
        tariff = await tariffs.change(db, carrier, sid, asked)
    return TariffView.of(tariff)


@router.delete("/tariffs/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Delete a price; what was charged stays."""
    async with changing(house.database, house.bells.announce_change) as db:
        await tariffs.remove(db, carrier, sid)


@router.put("/currency")
async def set_currency(house: House, carrier: Carrier, asked: Currency) -> Currency:
    """Say in which currency prices and balances are; only while no account has a balance."""
    async with changing(house.database, house.bells.announce_change) as db:
        await tariffs.set_currency(db, carrier, asked.price_unit)
    return asked


@router.get("/balances/{account_sid}")
async def balance(house: House, carrier: Carrier, account_sid: str) -> BalanceView:
    """Read an account's balance."""
    await _require(house, carrier, account_sid)
    return BalanceView.of(account_sid, await ledger.left(house.confined, account_sid))


@router.post("/balances/{account_sid}/credits", status_code=201)
async def credit(house: House, carrier: Carrier, account_sid: str, asked: Credit) -> BalanceView:
    """Add to an account's balance, or take from it."""
    await _require(house, carrier, account_sid)
    left = await ledger.credit(house.confined, carrier, account_sid, asked.amount, asked.note)
    return BalanceView.of(account_sid, left)


@router.patch("/balances/{account_sid}")
async def limit(house: House, carrier: Carrier, account_sid: str, asked: Limit) -> BalanceView:
    """Say how low an account's balance may fall: 0 for prepaid, -100 for credit, null for any."""
    await _require(house, carrier, account_sid)
    left = await ledger.set_floor(house.confined, carrier, account_sid, asked.floor)
    return BalanceView.of(account_sid, left)


async def _require(house: House, carrier: str, account_sid: str) -> None:
    """Make sure that the account can have a balance: a subaccount has its parent's."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)
    if account.owner_sid is not None:
        raise BadParameter(f"A subaccount has its parent's balance: ask for {account.owner_sid}.")
