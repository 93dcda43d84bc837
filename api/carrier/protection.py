"""`/carrier/v1/accounts/{account_sid}/…`: quarantine, and prefixes that the guard has shut."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.views import AccountView
from smsc.messaging.guard import blocks, quarantine
from smsc.provisioning import accounts
from smsc.provisioning.fields import AsciiText, Input
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/accounts", route_class=CarrierRoute, tags=["protection"])


class QuarantineDraft(Input):
    """Why an account shall send nothing; its customer reads it."""

    why: Annotated[AsciiText, Field(min_length=1, max_length=200)] = "its carrier decided so"


class BlockView(BaseModel):
    """Numbers that begin so, and why they were suspected in the account."""

    prefix: str
    why: str
    stops: bool  # else they are only watched
    times: int
    date_blocked: datetime
    date_until: datetime


class BlocksView(BaseModel):
    """The prefixes that were suspected within the last day, latest first."""

    data: list[BlockView]


@router.put("/{account_sid}/quarantine")
async def begin_quarantine(
    house: House, carrier: Carrier, account_sid: str, draft: QuarantineDraft
) -> AccountView:
    """Let an account and its subaccounts send nothing; what waits of them is held."""
    await quarantine.begin(house.confined, carrier, account_sid, draft.why)
    await house.bells.announce_change()
    return await _account(house, carrier, account_sid)


@router.delete("/{account_sid}/quarantine")
async def lift_quarantine(house: House, carrier: Carrier, account_sid: str) -> AccountView:
    """Let an account send again; what was held goes on."""
    await quarantine.lift(house.confined, carrier, account_sid)
    await house.bells.announce_change()
    return await _account(house, carrier, account_sid)


@router.get("/{account_sid}/blocked_prefixes")
async def list_blocked(house: House, carrier: Carrier, account_sid: str) -> BlocksView:
    """List the prefixes that the pumping guard suspected in an account."""
    await _account(house, carrier, account_sid)
    rows = await blocks.of_account(house.confined, account_sid)
    return BlocksView(
        data=[
            BlockView(
                prefix=row.prefix,
                why=row.why,
                stops=row.stops,
                times=row.times,
                date_blocked=row.blocked_at,
                date_until=row.until,
            )
            for row in rows
        ]
    )


@router.delete("/{account_sid}/blocked_prefixes/{prefix}", status_code=204)
async def lift_block(house: House, carrier: Carrier, account_sid: str, prefix: str) -> None:
    """Open a prefix to an account again; name it in `safe_prefixes` to keep it open."""
    await blocks.lift(house.confined, carrier, account_sid, prefix)
    await house.bells.announce_change()


async def _account(house: House, carrier: Carrier, account_sid: str) -> AccountView:
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)
    return AccountView.of(account, house.vault)
