"""Traffic by hour, counted once for whoever asks how much there was."""

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
