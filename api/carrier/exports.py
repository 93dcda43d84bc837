"""`/carrier/v1/message_exports`: lists of messages as CSV files."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.messaging.reading import exports
from smsc.messaging.reading.queries import MessageFilter
from smsc.models import Role
from smsc.provisioning.fields import Input
from smsc.provisioning.reach import Reach

router = APIRouter(prefix="/message_exports", route_class=CarrierRoute, tags=["messages"])


class ExportDraft(Input):
    """Which messages; what is left out limits nothing."""

    account_sid: str | None = None
    connector_sid: str | None = None
    to: str | None = None
    from_: str | None = Field(default=None, alias="from")
    status: str | None = None
    direction: str | None = None
    error_code: int | None = None
    made_from: datetime | None = None
    made_before: datetime | None = None


class ExportView(BaseModel):
    """An export; `share` is the part of its time that is written."""

    sid: str
    state: str
    rows: int
    share: float
    date_created: datetime
    date_expires: datetime

    @classmethod
    def of(cls, export: exports.Export) -> "ExportView":
        """Show an export."""
        return cls(
            sid=export.sid,
            state=export.state,
            rows=export.rows,
            share=export.share,
            date_created=export.created_at,
            date_expires=export.expires_at,
        )


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: ExportDraft) -> ExportView:
    """Ask for a file. It is kept for a day."""
    reach = Reach(carrier, Role.MEMBER)
    sid = await exports.ask(house.confined, reach, MessageFilter(**draft.model_dump()))
    return ExportView.of(await exports.find(house.confined, reach, sid, None))


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> ExportView:
    """Say how far a file is."""
    reach = Reach(carrier, Role.MEMBER)
    return ExportView.of(await exports.find(house.confined, reach, sid, None))


@router.get("/{sid}/csv")
async def download(house: House, carrier: Carrier, sid: str) -> StreamingResponse:
    """Return the file once it is done."""
    export = await exports.find(house.confined, Reach(carrier, Role.MEMBER), sid, None)
    if not export.is_done:
        raise NotFound(f"{sid}/csv")
    return StreamingResponse(exports.content(house.confined, sid), media_type="text/csv")
