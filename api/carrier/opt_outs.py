"""`/carrier/v1/opt_outs`: the suppression lists of the carrier's accounts."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from api.carrier.auth import Carrier, CarrierRoute, CsvRoute, House
from api.carrier.lists import ListView, Paging
from api.openapi_parameters import CSV_BODY
from api.twilio.answer_types import Csv
from smsc.errors import BadParameter
from smsc.models import OptOut
from smsc.provisioning import accounts, opt_outs
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/opt_outs", route_class=CarrierRoute, tags=["opt_outs"])
_files = APIRouter(route_class=CsvRoute)


class OptOutDraft(Input):
    """A handset that shall get no messages from a sender or messaging service of an account."""

    account_sid: str
    scope: Annotated[str, Field(min_length=1, max_length=34)]  # a sender, or a service's SID
    handset: str


class ImportView(BaseModel):
    """What became of a file."""

    added: int  # who was not on the list before


class OptOutView(BaseModel):
    """An opt-out."""

    sid: str
    account_sid: str
    scope: str
    handset: str
    source: str
    date_created: datetime

    @classmethod
    def of(cls, opt_out: OptOut) -> "OptOutView":
        """Show an opt-out."""
        return cls.model_validate(opt_out.model_dump() | {"date_created": opt_out.created_at})


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: OptOutDraft) -> OptOutView:
    """Opt a handset out."""
    async with changing(house.database, house.bells.announce_change) as db:
        account = await accounts.get(db, carrier, draft.account_sid)
        await opt_outs.require_scope(db, account.sid, draft.scope)
        opt_out = await opt_outs.add(db, carrier, account.sid, draft.scope, draft.handset)
    return OptOutView.of(opt_out)


@router.get("")
async def list_page(
    house: House,
    carrier: Carrier,
    asked: Paging,
    account_sid: str,
    scope: str | None = None,
    handset: str | None = None,
) -> ListView[OptOutView]:
    """List an account's opt-outs, of one sender, service or handset if so asked."""
    async with reading(house.database) as db:
        page = await opt_outs.carrier_page(
            db,
            carrier,
            account_sid,
            limit=asked.limit,
            after=asked.after,
            scope=scope,
            handset=handset,
        )
    return asked.render(page, OptOutView.of)


@router.get("/csv", response_class=Csv)
async def export_csv(
    house: House, carrier: Carrier, account_sid: str, scope: str | None = None
) -> Csv:
    """Return an account's opt-outs as CSV, oldest first."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)

    async def lines() -> AsyncIterator[str]:
        async with reading(house.database) as db:
            async for line in opt_outs.export(db, account.sid, scope):
                yield line

    return Csv(lines())


@_files.post("/csv", openapi_extra={"requestBody": CSV_BODY})
async def import_csv(
    request: Request, house: House, carrier: Carrier, account_sid: str, scope: str
) -> ImportView:
    """Opt out the handsets of a CSV file with a column `handset`; all of them or none."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise BadParameter("The CSV is not UTF-8.") from None
    async with changing(house.database, house.bells.announce_change) as db:
        account = await accounts.get(db, carrier, account_sid)
        await opt_outs.require_scope(db, account.sid, scope)
        return ImportView(added=await opt_outs.add_all(db, carrier, account.sid, scope, text))


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str, account_sid: str) -> None:
    """Let a handset get messages again."""
    async with changing(house.database, house.bells.announce_change) as db:
        account = await accounts.get(db, carrier, account_sid)
        await opt_outs.remove(db, account.sid, None, sid)


router.include_router(_files)
