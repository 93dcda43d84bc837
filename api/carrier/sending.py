"""`/carrier/v1/messages`: list them, send one for an account, or see what it would take."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, model_validator

from api import metrics
from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.exports import ExportDraft
from smsc.errors import AccountNotActive, NotFound
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.accept.reckoning import reckon
from smsc.messaging.reading import queries
from smsc.messaging.reading.queries import Cursor, MessageFilter
from smsc.models import AccountStatus, Role
from smsc.provisioning.fields import Input
from smsc.provisioning.reach import Reach
from smsc.sms import segments

router = APIRouter(prefix="/messages", route_class=CarrierRoute, tags=["messages"])


class MessageDraft(Input):
    """A message to be sent for an account, from one of its senders or services."""

    account_sid: str
    to: str
    from_: str | None = Field(default=None, alias="from")
    messaging_service_sid: str | None = None
    body: str
    smart_encoded: bool | None = None  # None: as the service says, or not

    @model_validator(mode="after")
    def _has_a_sender(self) -> "MessageDraft":
        if not self.from_ and not self.messaging_service_sid:
            raise ValueError("from or messaging_service_sid is required")
        return self


class AcceptedView(BaseModel):
    """A message that is committed."""

    sid: str
    account_sid: str
    status: str
    to: str
    from_: str = Field(serialization_alias="from")
    num_segments: int
    connector_sid: str


class CountDraft(Input):
    """A text, and perhaps a number, of which nothing is stored."""

    to: str = ""
    body: str = Field(max_length=segments.MAX_BODY_CHARACTERS)
    smart_encoded: bool = False


class CountView(BaseModel):
    """What a text would take; without a number neither way nor price is known."""

    to: str | None
    num_segments: int
    connector_sid: str | None
    price: Decimal | None
    price_unit: str | None


class MessageQuery(ExportDraft):
    """Which messages a list has; what is left out limits nothing."""

    before: Annotated[str | None, Field(pattern="^SM[0-9a-f]{32}$")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ListedView(BaseModel):
    """A message of a list."""

    sid: str
    account_sid: str
    direction: str
    status: str
    to: str
    from_: str = Field(serialization_alias="from")
    body: str
    num_segments: int
    error_code: int | None
    date_created: datetime
    date_sent: datetime | None


class MessagesView(BaseModel):
    """Messages, newest first; `older` is what `before` takes for the next page."""

    data: list[ListedView]
    older: str | None


@router.get("")
async def list_page(
    house: House, carrier: Carrier, wanted: Annotated[MessageQuery, Query()]
) -> MessagesView:
    """List the messages of the carrier's accounts, as the dashboard does."""
    page = await queries.search(
        house.confined,
        Reach(carrier, Role.MEMBER),
        MessageFilter(**wanted.model_dump(exclude={"limit", "before"})),
        limit=wanted.limit,
        cursor=None if wanted.before is None else Cursor(wanted.before),
    )
    return MessagesView(
        data=[
            ListedView.model_validate(
                one._asdict() | {"date_created": one.created_at, "date_sent": one.sent_at}
            )
            for one in page.messages
        ],
        older=page.messages[-1].sid if page.has_older and page.messages else None,
    )


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: MessageDraft) -> AcceptedView:
    """Send a message: the 201 leaves after its commit."""
    account = await house.directory.account(draft.account_sid)
    if account is None or account.carrier_sid != carrier:
        raise NotFound(draft.account_sid)
    if account.status != AccountStatus.ACTIVE:
        raise AccountNotActive(account.sid)
    accepted = await house.outbound.accept(
        Draft(
            account=account,
            to=draft.to,
            from_=draft.from_,
            messaging_service_sid=draft.messaging_service_sid,
            body=draft.body,
            smart_encoded=draft.smart_encoded,
        )
    )
    metrics.messages_accepted.inc()
    return AcceptedView.model_validate(accepted, from_attributes=True)


@router.post("/count")
async def count(house: House, carrier: Carrier, draft: CountDraft) -> CountView:
    """Say how many segments a text takes, which connector it would go by, and its price."""
    found = await reckon(
        house.directory,
        carrier,
        to=draft.to,
        body=draft.body,
        smart_encoded=draft.smart_encoded,
    )
    return CountView(
        to=found.to,
        num_segments=found.num_segments,
        connector_sid=None if found.way is None else found.way.connector_sid,
        price=None if found.price is None else found.price.amount,
        price_unit=None if found.price is None else found.price.unit,
    )
