"""`/carrier/v1/mails`: what was written to people, and whether a server took it."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.models import Mail, MailState
from smsc.provisioning import mails
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/mails", route_class=CarrierRoute, tags=["people"])


class MailView(BaseModel):
    """A mail without its text, which may have a link that lets somebody in."""

    sid: str
    account_sid: str | None
    recipient: str
    subject: str
    state: MailState
    tries: int
    error: str
    date_created: datetime
    date_sent: datetime | None

    @classmethod
    def of(cls, mail: Mail) -> Self:
        """Show a mail."""
        return cls.model_validate(
            mail.model_dump() | {"date_created": mail.created_at, "date_sent": mail.sent_at}
        )


@router.get("")
async def list_page(house: House, carrier: Carrier, asked: Paging) -> ListView[MailView]:
    """List mails of the last thirty days, the newest first."""
    async with reading(house.database) as db:
        page = await mails.page(db, carrier, limit=asked.limit, before=asked.after)
    return asked.render(page, MailView.of)
