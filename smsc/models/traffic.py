"""Traffic by hour, counted once for whoever asks how much there was; and when it was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from smsc.models.columns import (
    flag_field,
    json_list_field,
    json_object_field,
    moment_field,
    sid_field,
    total_field,
)


class TrafficHour(SQLModel, table=True):
    """What an account's messages of an hour came to, by the hour of their making.

    An account without a message in an hour has no row of it.
    """

    __tablename__ = "traffic_hours"
    __table_args__ = (
        Index("ix_traffic_hours_carrier", "carrier_sid", "hour"),  # a page of the whole carrier
        Index(
            "ix_traffic_hours_recount",
            "recount_at",
            postgresql_where=text("recount_at IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    account_sid: str = sid_field(primary_key=True)
    hour: datetime = moment_field(primary_key=True)
    carrier_sid: str = sid_field()
    sent: dict[str, int] = json_object_field()  # outbound messages by status
    received: int = total_field()
    places: list[Any] = json_list_field()  # of outbound: [country, operator, messages]
    speeds: dict[str, int] = json_object_field()  # delivered messages by how long it took
    # [category, messages, segments, price] of what usage counts in this hour: of what was
    # scheduled, by the hour of its queueing
    used: list[Any] = json_list_field()
    is_settled: bool = flag_field()  # `used` can't change any more
    counted_at: datetime = moment_field()
    recount_at: datetime | None = moment_field(default=None, nullable=True)  # None: all is final


class TrafficThrough(SQLModel, table=True):
    """Of which hours [first, through) a carrier's traffic is counted."""

    __tablename__ = "traffic_through"

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid")
    first: datetime = moment_field()
    through: datetime = moment_field()


class SentSpan(SQLModel, table=True):
    """A run of an account's messages by SID, and from when until when they were sent.

    Of what was scheduled it says nothing. Where one of them may still be sent, it is of all time;
    where none ever was, of none.
    """

    __tablename__ = "sent_spans"
    __table_args__ = (
        Index("ix_sent_spans_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    account_sid: str = sid_field(primary_key=True)
    first_sid: str = sid_field(primary_key=True)
    last_sid: str = sid_field()
    carrier_sid: str = sid_field()
    sent_from: datetime = moment_field()
    sent_until: datetime = moment_field()  # of the last of them
    checked_at: datetime = moment_field()
    check_at: datetime | None = moment_field(default=None, nullable=True)  # None: all is final


class ReleasedSpan(SQLModel, table=True):
    """The same of what was scheduled, in the order in which it was released into the queue."""

    __tablename__ = "released_spans"
    __table_args__ = (
        Index("ix_released_spans_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    account_sid: str = sid_field(primary_key=True)
    first_at: datetime = moment_field(primary_key=True)
    last_at: datetime = moment_field()
    carrier_sid: str = sid_field()
    sent_from: datetime = moment_field()
    sent_until: datetime = moment_field()
    checked_at: datetime = moment_field()
    check_at: datetime | None = moment_field(default=None, nullable=True)


class SentThrough(SQLModel, table=True):
    """When the clock looks next whether an account has another span's worth of messages."""

    __tablename__ = "sent_through"
    __table_args__ = (Index("ix_sent_through_look", "look_at"),)

    account_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    looked_at: datetime = moment_field()
    look_at: datetime = moment_field()
