"""What carriers' own programs are told: subscriptions, events, and the requests made for them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    SmallInteger,
    text,
)
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    count_field,
    flag_field,
    json_object_field,
    moment_field,
    sid_field,
    text_field,
    word_field,
    words_field,
)


class EventSubscription(SQLModel, table=True):
    """A URL of the carrier's that is told events of some types."""

    __tablename__ = "event_subscriptions"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'disabled')", name="state_known"),
        Index(
            "ix_event_subscriptions_messages",
            "carrier_sid",
            postgresql_where=text("wants_messages AND state = 'active'"),
        ),  # what the traffic asks: whether there are any
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    name: str = word_field("")
    url: str = text_field()
    types: list[str] = words_field()
    account_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", nullable=True
    )  # None: events of all accounts, and those of none
    wants_messages: bool = flag_field()  # whether one of the types is of messages
    state: str = word_field("active")
    secret_sealed: str = text_field()
    old_secret_sealed: str | None = text_field(default=None, nullable=True)  # it signs, too
    old_signs_until: datetime | None = moment_field(default=None, nullable=True)  # until then
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class CarrierEvent(SQLModel, table=True):
    """Something that happened, which somebody subscribes to. Kept for thirty days."""

    __tablename__ = "carrier_events"

    sid: str = sid_field(primary_key=True)  # its time is that of the event
    carrier_sid: str = sid_field()
    account_sid: str | None = sid_field(default=None, nullable=True)
    type: str = text_field()
    message_sid: str | None = sid_field(default=None, nullable=True)  # the rest is in its row
    data: dict[str, object] = json_object_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)


class EventDelivery(SQLModel, table=True):
    """An event that is owed to a subscription, or was told it, or was given up."""

    __tablename__ = "event_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state_known"),
        Index("ix_event_deliveries_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    subscription_sid: str = sid_field(
        primary_key=True, foreign_key="event_subscriptions.sid", ondelete="CASCADE"
    )
    event_sid: str = sid_field(
        primary_key=True, foreign_key="carrier_events.sid", ondelete="CASCADE", index=True
    )
    carrier_sid: str = sid_field()
    state: str = word_field("waiting")
    tries: int = count_field()
    due_at: datetime | None = moment_field(
        default=None, nullable=True, sa_column_kwargs={"server_default": text("now()")}
    )  # None: nothing more is owed


class EventAttempt(SQLModel, table=True):
    """One request that was made for an event, and its outcome."""

    __tablename__ = "event_attempts"

    event_sid: str = sid_field(
        primary_key=True, foreign_key="carrier_events.sid", ondelete="CASCADE"
    )
    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    subscription_sid: str = sid_field()
    carrier_sid: str = sid_field()
    url: str = text_field()
    at: datetime = moment_field(default_now=True, nullable=False)
    duration_ms: int = Field(sa_type=Integer)
    http_status: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)
    error: str | None = text_field(default=None, nullable=True)
    answer: str = word_field("")  # its beginning


class ConnectorState(SQLModel, table=True):
    """Whether a connector is up, since when, and what was last told of it."""

    __tablename__ = "connector_states"
    __table_args__ = (
        CheckConstraint("state IN ('up', 'down', 'resting')", name="state_known"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    connector_sid: str = sid_field(
        primary_key=True, foreign_key="connectors.sid", ondelete="CASCADE"
    )
    carrier_sid: str = sid_field()
    state: str = text_field()
    since: datetime = moment_field(default_now=True, nullable=False)
    told: str = word_field("")


class ChannelNotice(SQLModel, table=True):
    """A quota of a channel that was told to be used up, and of which day or month."""

    __tablename__ = "channel_notices"

    channel_sid: str = sid_field(primary_key=True, foreign_key="channels.sid", ondelete="CASCADE")
    period: str = text_field(primary_key=True)
    carrier_sid: str = sid_field()
    starts_on: str = text_field()
