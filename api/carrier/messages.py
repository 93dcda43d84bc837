"""`/carrier/v1/messages/{sid}`: the journey of one message, for who runs the platform."""

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound
from smsc.messaging import edits
from smsc.messaging.reading import journey
from smsc.messaging.reading.journey import Journey, Place

router = APIRouter(prefix="/messages", route_class=CarrierRoute, tags=["messages"])


class SegmentView(BaseModel):
    """A segment: where it is, and what the remote said of it."""

    number: int
    place: Place
    connector_sid: str
    attempts: int
    waiting_for: str | None
    submitted_at: datetime | None
    answered_at: datetime | None
    command_status: int | None
    smsc_message_id: str | None
    message_state: int | None
    receipt_at: datetime | None
    receipt_error: str | None


class EventView(BaseModel):
    """A change of the message or of a segment of it; `raw` in hex."""

    at: datetime
    event: str
    number: int | None
    why: str | None
    raw: str | None


class AttemptView(BaseModel):
    """A request to the customer, and its outcome."""

    at: datetime
    event: str
    url: str
    duration_ms: int
    http_status: int | None
    error_code: int | None
    error: str | None


class JourneyView(BaseModel):
    """A message's way through the house."""

    sid: str
    account_sid: str
    connector_sid: str | None
    channel_sid: str | None
    direction: str
    status: str
    to: str
    from_: str = Field(serialization_alias="from")
    num_segments: int
    error_code: int | None
    date_created: datetime
    date_sent: datetime | None
    date_updated: datetime
    segments: list[SegmentView]
    events: list[EventView]
    webhook_attempts: list[AttemptView]
    webhooks_owed: int

    @classmethod
    def of(cls, traced: Journey) -> "JourneyView":
        """Show a journey. The text stays with the account."""
        message = traced.message
        return cls.model_validate(
            message._asdict()
            | {
                "connector_sid": traced.connector_sid,
                "channel_sid": traced.channel_sid,
                "date_created": message.created_at,
                "date_sent": message.sent_at,
                "date_updated": message.updated_at,
                "segments": [asdict(segment) for segment in traced.segments],
                "events": [
                    asdict(event) | {"raw": None if event.raw is None else event.raw.hex()}
                    for event in traced.events
                ],
                "webhook_attempts": [asdict(attempt) for attempt in traced.attempts],
                "webhooks_owed": traced.webhooks_owed,
            }
        )


@router.get("/{sid}")
async def get(house: House, carrier: Carrier, sid: str) -> JourneyView:
    """Read the journey of one of the carrier's messages."""
    traced = await journey.trace(house.confined, carrier, sid)
    if traced is None:
        raise NotFound(sid)
    return JourneyView.of(traced)


@router.post("/{sid}/redact", status_code=204)
async def redact(house: House, carrier: Carrier, sid: str) -> None:
    """Empty the text of a finished message, and of what is kept of it elsewhere."""
    traced = await journey.trace(house.confined, carrier, sid)
    if traced is None:
        raise NotFound(sid)
    await edits.redact(house.confined, traced.message.account_sid, sid)
