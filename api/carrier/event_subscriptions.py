"""`/carrier/v1/event_subscriptions`: what the carrier's own programs are told, and how it went."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, model_validator

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from smsc.models import EventSubscription
from smsc.provisioning import event_subscriptions
from smsc.provisioning.event_subscriptions import (
    Delivery,
    EventType,
    IssuedSubscription,
    State,
    SubscriptionChange,
    SubscriptionDraft,
)
from smsc.provisioning.fields import Input
from smsc.provisioning.transaction import changing, reading
from smsc.webhooks import event_deliveries

router = APIRouter(
    prefix="/event_subscriptions", route_class=CarrierRoute, tags=["event_subscriptions"]
)


class SubscriptionView(BaseModel):
    """A URL that is told events, without its secret."""

    sid: str
    name: str
    url: str
    types: list[EventType]
    account_sid: str | None  # null: events of all accounts, and those of none
    state: State
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, subscription: EventSubscription) -> Self:
        """Show a subscription."""
        return cls(**_fields(subscription))


class IssuedSubscriptionView(SubscriptionView):
    """A subscription with its secret, as receivers' libraries of Standard Webhooks take it."""

    secret: str

    @classmethod
    def issued(cls, issued: IssuedSubscription) -> Self:
        """Show what was made."""
        return cls(**_fields(issued.subscription), secret=issued.secret)


class EventAttemptView(BaseModel):
    """A request that was made for an event."""

    at: datetime
    url: str
    duration_ms: int
    http_status: int | None  # null: no answer
    error: str | None
    answer: str


class DeliveryView(BaseModel):
    """An event that a subscription was told, or is owed."""

    event_sid: str  # the header `webhook-id`
    type: EventType
    account_sid: str | None
    message_sid: str | None
    data: dict[str, object]
    date_created: datetime
    state: Literal["waiting", "delivered", "failed"]
    tries: int
    next_try_at: datetime | None
    attempts: list[EventAttemptView]

    @classmethod
    def of(cls, one: Delivery) -> Self:
        """Show a delivery."""
        return cls.model_validate(
            {
                "event_sid": one.event.sid,
                "type": one.event.type,
                "account_sid": one.event.account_sid,
                "message_sid": one.event.message_sid,
                "data": one.event.data,
                "date_created": one.event.created_at,
                "state": one.delivery.state,
                "tries": one.delivery.tries,
                "next_try_at": one.delivery.due_at,
                "attempts": [attempt.model_dump() for attempt in one.attempts],
            }
        )


class EventReplayDraft(Input):
    """What is to be told once more: one event, or all that were not taken since."""

    event_sid: str | None = None
    failed_since: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.event_sid is None) == (self.failed_since is None):
            raise ValueError("give either event_sid or failed_since")
        return self


class EventReplayView(BaseModel):
    """How many events are due again."""

    events: int


class TestEventView(BaseModel):
    """The event that is on its way."""

    event_sid: str


@router.post("", status_code=201)
async def create(
    house: House, carrier: Carrier, draft: SubscriptionDraft
) -> IssuedSubscriptionView:
    """Make a subscription; its secret is shown this once."""
    async with changing(house.database, house.bells.announce_change) as db:
        made = await event_subscriptions.create(db, house.vault, carrier, draft)
    return IssuedSubscriptionView.issued(made)


@router.get("")
async def list_page(house: House, carrier: Carrier, asked: Paging) -> ListView[SubscriptionView]:
    """List the carrier's subscriptions."""
    async with reading(house.database) as db:
        page = await event_subscriptions.page(db, carrier, limit=asked.limit, after=asked.after)
    return asked.render(page, SubscriptionView.of)


@router.get("/{sid}")
async def fetch(house: House, carrier: Carrier, sid: str) -> SubscriptionView:
    """Return a subscription."""
    async with reading(house.database) as db:
        return SubscriptionView.of(await event_subscriptions.get(db, carrier, sid))


@router.patch("/{sid}")
async def change(
    house: House, carrier: Carrier, sid: str, asked: SubscriptionChange
) -> SubscriptionView:
    """Change a subscription, or enable one that a 410 of its server has disabled."""
    async with changing(house.database, house.bells.announce_change) as db:
        changed = await event_subscriptions.change(db, carrier, sid, asked)
    return SubscriptionView.of(changed)


@router.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """Remove a subscription; what it is owed is not told any more."""
    async with changing(house.database, house.bells.announce_change) as db:
        await event_subscriptions.remove(db, carrier, sid)


@router.post("/{sid}/rotate_secret")
async def rotate_secret(house: House, carrier: Carrier, sid: str) -> IssuedSubscriptionView:
    """Give it another secret; for a day requests are signed by both."""
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await event_subscriptions.rotate_secret(db, house.vault, carrier, sid)
    return IssuedSubscriptionView.issued(issued)


@router.post("/{sid}/test", status_code=202)
async def send_test(house: House, carrier: Carrier, sid: str) -> TestEventView:
    """Send it an event of type `test`."""
    async with changing(house.database, house.bells.announce_change) as db:
        event = await event_subscriptions.send_test(db, carrier, sid)
    return TestEventView(event_sid=event.sid)


@router.post("/{sid}/replay")
async def replay(
    house: House, carrier: Carrier, sid: str, draft: EventReplayDraft
) -> EventReplayView:
    """Tell it events once more, each under the id that it had."""
    async with reading(house.database) as db:
        subscription = await event_subscriptions.get(db, carrier, sid)
    count = await event_deliveries.replay(
        house.confined,
        carrier,
        subscription.sid,
        event_sid=draft.event_sid,
        failed_since=draft.failed_since,
    )
    return EventReplayView(events=count)


@router.get("/{sid}/deliveries")
async def list_deliveries(
    house: House,
    carrier: Carrier,
    sid: str,
    asked: Paging,
    state: Annotated[Literal["waiting", "delivered", "failed"] | None, Query()] = None,
) -> ListView[DeliveryView]:
    """List the events that it was told or is owed, newest first, with each request."""
    async with reading(house.database) as db:
        await event_subscriptions.get(db, carrier, sid)
        page = await event_subscriptions.deliveries(
            db, carrier, sid, limit=asked.limit, before=asked.after, state=state
        )
    return asked.render(page, DeliveryView.of)


def _fields(subscription: EventSubscription) -> dict[str, object]:
    return {
        "sid": subscription.sid,
        "name": subscription.name,
        "url": subscription.url,
        "types": subscription.types,
        "account_sid": subscription.account_sid,
        "state": subscription.state,
        "date_created": subscription.created_at,
        "date_updated": subscription.updated_at,
    }
