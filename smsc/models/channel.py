"""Channels: the SIMs and lines of a connector's device, and how much each has sent."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, Integer, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    json_object_field,
    moment_field,
    sid_field,
    text_field,
    word_field,
)


class Channel(SQLModel, table=True):
    """One SIM or line: how it is chosen, how fast it may send, and how much."""

    __tablename__ = "channels"
    __table_args__ = (
        UniqueConstraint("connector_sid", "number"),
        CheckConstraint("number BETWEEN 0 AND 9999", name="number_small"),
        CheckConstraint("throughput > 0", name="throughput_positive"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    connector_sid: str = sid_field(foreign_key="connectors.sid", ondelete="CASCADE")
    number: int = Field(sa_type=Integer)  # as the device counts its lines
    name: str = word_field("")
    # What the connector's channel_field holds for it: a service_type, an address, a TLV's text
    value: str | None = text_field(default=None, nullable=True)
    phone_number: str | None = text_field(default=None, nullable=True)  # of the SIM, E.164
    operator: str = word_field("")
    iccid: str = word_field("")
    throughput: Decimal | None = Field(default=None, sa_type=Numeric(10, 4), nullable=True)
    # Quotas, None: no limit. A day and a month begin at midnight of `time_zone`.
    day_segments: int | None = Field(default=None, sa_type=Integer, nullable=True)
    month_segments: int | None = Field(default=None, sa_type=Integer, nullable=True)
    day_recipients: int | None = Field(default=None, sa_type=Integer, nullable=True)
    month_recipients: int | None = Field(default=None, sa_type=Integer, nullable=True)
    month_starts_on: int = Field(default=1, sa_type=Integer)  # the operator's day, 1 to 28
    time_zone: str = word_field("UTC")
    working_hours: dict[str, object] = json_object_field()  # {"mon": ["08:00", "18:00"], …}
    paused: bool = flag_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class ChannelUsage(SQLModel, table=True):
    """How many segments a channel was given in a day or month."""

    __tablename__ = "channel_usage"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    channel_sid: str = sid_field(primary_key=True, foreign_key="channels.sid", ondelete="CASCADE")
    period: str = text_field(primary_key=True)  # "day" or "month"
    starts_on: date = Field(primary_key=True, sa_type=Date)  # in the channel's time zone
    carrier_sid: str = sid_field()
    segments: int = Field(default=0, sa_type=Integer)
    recipients: int = Field(default=0, sa_type=Integer)


class ChannelRecipient(SQLModel, table=True):
    """A number that a channel has written to in a day or month: each counts once."""

    __tablename__ = "channel_recipients"

    channel_sid: str = sid_field(primary_key=True, foreign_key="channels.sid", ondelete="CASCADE")
    period: str = text_field(primary_key=True)
    starts_on: date = Field(primary_key=True, sa_type=Date)
    recipient: str = text_field(primary_key=True)
    carrier_sid: str = sid_field()
