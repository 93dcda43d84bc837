"""`/carrier/v1/conversations`: what the carrier's numbers and handsets wrote each other."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.messaging.reading import conversations
from smsc.messaging.reading.conversations import Conversation, Line
from smsc.models import Role
from smsc.provisioning import accounts
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import reading

router = APIRouter(prefix="/conversations", route_class=CarrierRoute, tags=["conversations"])


class LineView(BaseModel):
    """A message of a conversation."""

    sid: str
    direction: str
    status: str
    error_code: int | None
    body: str
    date_created: datetime

    @classmethod
    def of(cls, line: Line) -> "LineView":
        """Show a message."""
        return cls.model_validate(asdict(line) | {"date_created": line.created_at})


class ConversationView(BaseModel):
    """A pair of numbers, and the latest that was written."""

    account_sid: str
    ours: str
    theirs: str
    latest: LineView

    @classmethod
    def of(cls, one: Conversation) -> "ConversationView":
        """Show a conversation."""
        return cls(
            account_sid=one.account_sid,
            ours=one.ours,
            theirs=one.theirs,
            latest=LineView.of(one.latest),
        )


class ConversationsView(BaseModel):
    """The latest conversations, the latest first."""

    data: list[ConversationView]


class LinesView(BaseModel):
    """Messages of one conversation, newest first."""

    data: list[LineView]


Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("")
async def list_latest(
    house: House, carrier: Carrier, theirs: str | None = None, limit: Limit = 50
) -> ConversationsView:
    """List the latest conversations, of one handset if so asked."""
    reach = Reach(carrier, Role.MEMBER)
    found = await conversations.latest(house.confined, reach, limit=limit, theirs=theirs)
    return ConversationsView(data=[ConversationView.of(one) for one in found])


@router.get("/lines")
async def list_lines(
    house: House,
    carrier: Carrier,
    account_sid: str,
    ours: str,
    theirs: str,
    before: str | None = None,
    limit: Limit = 50,
) -> LinesView:
    """List what a pair wrote each other; `before` is the SID of a message."""
    async with reading(house.database) as db:
        account = await accounts.get(db, carrier, account_sid)
    lines = await conversations.lines(
        house.confined, account.sid, ours, theirs, limit=limit, before=before
    )
    return LinesView(data=[LineView.of(line) for line in lines])
