"""Channels: the SIMs and lines of a connector's device, with what each has sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import Conflict, InvalidSender, NotFound
from smsc.models import Channel, ChannelUsage, Connector, Message, QueuedSegment
from smsc.provisioning.fields import AsciiText, Change, Input, Label
from smsc.provisioning.listing import Slice, cut, found
from smsc.routing import channels as rules
from smsc.routing.channels import Rest, Span, Used
from smsc.sms.address import parse_sender


def _phone_number(value: str | None) -> str | None:
    try:
        return None if not value else parse_sender(value).value
    except InvalidSender:
        raise ValueError("is no phone number such as +85510000001, nor a short code") from None


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        raise ValueError("is no time zone such as Asia/Phnom_Penh or UTC") from None
    return value


def _hours(value: dict[str, Any]) -> dict[str, Any]:
    rules.parse_hours(value)
    return value


PhoneNumber = Annotated[str | None, AfterValidator(_phone_number)]
Quota = Annotated[int | None, Field(ge=0, le=10_000_000)]
Throughput = Annotated[Decimal | None, Field(gt=0, max_digits=10, decimal_places=4)]
Hours = Annotated[dict[str, Any], AfterValidator(_hours)]


class _Settings(Input):
    """All of a channel that has a default."""

    name: Label = ""
    value: Annotated[AsciiText, Field(max_length=64)] | None = None
    phone_number: PhoneNumber = None
    operator: Label = ""
    iccid: Annotated[AsciiText, Field(max_length=22)] = ""
    throughput: Throughput = None
    day_segments: Quota = None
    month_segments: Quota = None
    day_recipients: Quota = None
    month_recipients: Quota = None
    month_starts_on: Annotated[int, Field(ge=1, le=28)] = 1
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    working_hours: Hours = Field(default_factory=dict)
    paused: bool = False


class ChannelDraft(_Settings):
    """A channel to be made; `number` is as the device counts its lines."""

    connector_sid: str
    number: Annotated[int, Field(ge=0, le=9999)]


class ChannelChange(_Settings, Change):
    """What of a channel can change: all but its connector and its number."""


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel, what it has sent today and this month, and why it rests, if it does."""

    channel: Channel
    usage: Mapping[Span, Used]
    rest: Rest | None

    @property
    def sid(self) -> str:
        """The channel's."""
        return self.channel.sid


async def create(db: AsyncSession, carrier_sid: str, draft: ChannelDraft) -> LiveChannel:
    """Make a channel.

    Raises:
        NotFound: the carrier has no such connector.
        Conflict: the connector has a channel of that number.
    """
    statement = select(Connector.sid).where(
        col(Connector.sid) == draft.connector_sid, col(Connector.carrier_sid) == carrier_sid
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(draft.connector_sid)
    taken = select(Channel.sid).where(
        col(Channel.connector_sid) == draft.connector_sid, col(Channel.number) == draft.number
    )
    if (sid := (await db.exec(taken)).first()) is not None:
        raise Conflict(f"The connector has a channel {draft.number} already: {sid}.")
    channel = Channel(
        sid=sids.make(sids.Prefix.CHANNEL), carrier_sid=carrier_sid, **draft.model_dump()
    )
    db.add(channel)
    await db.flush()
    return await get(db, carrier_sid, channel.sid)


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> LiveChannel:
    """Return a channel with its usage.

    Raises:
        NotFound: the carrier has no such channel.
    """
    statement = select(Channel).where(
        col(Channel.sid) == sid, col(Channel.carrier_sid) == carrier_sid
    )
    channel = found((await db.exec(statement)).first(), sid)
    return (await _with_usage(db, [channel]))[0]


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    connector_sid: str | None = None,
) -> Slice[LiveChannel]:
    """Return some of the carrier's channels, of one connector if so asked."""
    statement = select(Channel).where(col(Channel.carrier_sid) == carrier_sid)
    if connector_sid is not None:
        statement = statement.where(col(Channel.connector_sid) == connector_sid)
    if after is not None:
        statement = statement.where(col(Channel.sid) > after)
    rows = (await db.exec(statement.order_by(col(Channel.sid)).limit(limit + 1))).all()
    return cut(await _with_usage(db, rows), limit)


async def change(db: AsyncSession, carrier_sid: str, sid: str, asked: ChannelChange) -> LiveChannel:
    """Change a channel; its connector's process heeds it within a second.

    Raises:
        NotFound: the carrier has no such channel.
    """
    statement = (
        update(Channel)
        .where(col(Channel.sid) == sid, col(Channel.carrier_sid) == carrier_sid)
        .values(**asked.asked(), updated_at=func.now())
        .returning(col(Channel.sid))
    )
    found((await db.exec(statement)).first(), sid)
    return await get(db, carrier_sid, sid)


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a channel; what waits for it goes by another.

    Raises:
        NotFound: the carrier has no such channel.
    """
    statement = (
        delete(Channel)
        .where(col(Channel.sid) == sid, col(Channel.carrier_sid) == carrier_sid)
        .returning(col(Channel.connector_sid))
    )
    connector_sid = found((await db.exec(statement)).scalars().first(), sid)
    waiting = select(QueuedSegment.message_sid).where(
        col(QueuedSegment.connector_sid) == connector_sid
    )
    await db.exec(
        update(Message)
        .where(col(Message.sid).in_(waiting), col(Message.channel_sid) == sid)
        .values(channel_sid=None)
    )


def facts_of(channel: Channel) -> rules.Channel:
    """Return a channel as the choice among channels knows it."""
    return rules.Channel(
        sid=channel.sid,
        number=channel.number,
        segment_quotas={Span.DAY: channel.day_segments, Span.MONTH: channel.month_segments},
        recipient_quotas={Span.DAY: channel.day_recipients, Span.MONTH: channel.month_recipients},
        month_starts_on=channel.month_starts_on,
        time_zone=channel.time_zone,
        hours=rules.parse_hours(channel.working_hours),
        paused=channel.paused,
    )


async def _with_usage(db: AsyncSession, channels: Sequence[Channel]) -> list[LiveChannel]:
    now = datetime.now(UTC)
    statement = select(ChannelUsage).where(
        col(ChannelUsage.channel_sid).in_([channel.sid for channel in channels])
    )
    used = {
        (row.channel_sid, row.period, row.starts_on): Used(row.segments, row.recipients)
        for row in (await db.exec(statement)).all()
    }
    live = []
    for channel in channels:
        facts = facts_of(channel)
        usage = {
            span: used.get((channel.sid, span.value, facts.period(span, now).starts_on), Used())
            for span in Span
        }
        live.append(LiveChannel(channel, usage, rules.rest(facts, usage, now)))
    return live
