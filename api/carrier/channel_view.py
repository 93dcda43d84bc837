"""A channel as the Carrier API shows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from smsc.provisioning.channels import LiveChannel
from smsc.routing.channels import Span


class UsageView(BaseModel):
    """What a channel was given since its day or month began."""

    segments: int
    recipients: int


class ChannelView(BaseModel):
    """A SIM or line; `state` is `ready` or `resting`, then with a reason and perhaps an end."""

    sid: str
    connector_sid: str
    number: int
    name: str
    value: str | None
    phone_number: str | None
    operator: str
    iccid: str
    throughput: float | None
    day_segments: int | None
    month_segments: int | None
    day_recipients: int | None
    month_recipients: int | None
    month_starts_on: int
    time_zone: str
    working_hours: dict[str, Any]
    paused: bool
    state: str
    reason: str
    resting_until: datetime | None
    used_today: UsageView
    used_this_month: UsageView
    date_created: datetime
    date_updated: datetime

    @classmethod
    def of(cls, live: LiveChannel) -> "ChannelView":
        """Show a channel."""
        channel, rest = live.channel, live.rest
        today, month = live.usage[Span.DAY], live.usage[Span.MONTH]
        return cls.model_validate(
            channel.model_dump()
            | {
                "state": "ready" if rest is None else "resting",
                "reason": "" if rest is None else rest.why,
                "resting_until": None if rest is None else rest.until,
                "used_today": UsageView(segments=today.segments, recipients=today.recipients),
                "used_this_month": UsageView(segments=month.segments, recipients=month.recipients),
                "date_created": channel.created_at,
                "date_updated": channel.updated_at,
            }
        )
