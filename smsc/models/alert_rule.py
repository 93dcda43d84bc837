"""When a carrier's people want to be woken, and what they were woken for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    json_object_field,
    moment_field,
    number_field,
    set_flag_field,
    sid_field,
    text_field,
    word_field,
    words_field,
)


class AlertRule(SQLModel, table=True):
    """What is to be told by mail and by event webhook."""

    __tablename__ = "alert_rules"
    __table_args__ = (
        CheckConstraint("kind IN ('connector_down', 'delivery_rate')", name="kind_known"),
        CheckConstraint("per IN ('carrier', 'connector', 'country')", name="per_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    name: str = text_field()
    kind: str = text_field()
    minutes: int = Field(sa_type=Integer)  # so long down; so long the rate is looked at
    per: str = word_field("connector")  # of a rate: what is compared with its own past
    drop: int = number_field(20)  # of a rate: by how many points it is less than in the past
    least: int = number_field(50)  # of a rate: messages, below which it says nothing
    emails: list[str] = words_field()
    enabled: bool = set_flag_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Incident(SQLModel, table=True):
    """One time that a rule held: of one connector, one country or the carrier."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_open",
            "rule_sid",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_incidents_carrier", "carrier_sid", "sid"),  # a list
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    rule_sid: str = sid_field(foreign_key="alert_rules.sid", ondelete="CASCADE")
    kind: str = text_field()
    subject: str = sid_field()  # a connector's SID, a country, or empty
    name: str = text_field()  # of the subject then
    facts: dict[str, object] = json_object_field()
    began_at: datetime = moment_field(default_now=True, nullable=False)
    resolved_at: datetime | None = moment_field(default=None, nullable=True)


class DeliveryBucket(SQLModel, table=True):
    """What left in ten minutes, and what of it had been delivered ten minutes later."""

    __tablename__ = "delivery_buckets"

    begins_at: datetime = moment_field(primary_key=True)
    carrier_sid: str = sid_field(primary_key=True)
    connector_sid: str = sid_field(primary_key=True)
    iso_country: str = sid_field(primary_key=True)  # empty: unknown
    sent: int = Field(sa_type=Integer)
    delivered: int = Field(sa_type=Integer)
