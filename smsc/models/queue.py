"""Where segments wait, and where they are while the remote has not answered.

A segment is a row of exactly one of `queue`, `in_flight` and `segments`; moving it is a delete and
an insert in one statement, so that no index holds a value that changes.
"""

from datetime import datetime
from enum import IntEnum
from typing import Final

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import count_field, moment_field, sid_field, text_field


class Lane(IntEnum):
    """A priority class of traffic; the least goes first."""

    ALERT = 0
    OTP = 1
    NORMAL = 2
    BULK = 3


# Added to the lane of what waits while its account is in quarantine: no claim looks there.
HELD_LANES: Final = 10


class QueuedSegment(SQLModel, table=True):
    """A segment that waits. Its order is lane, then `queued_at`: a put-back keeps its place."""

    __tablename__ = "queue"

    connector_sid: str = sid_field(primary_key=True)
    lane: int = Field(primary_key=True, sa_type=SmallInteger)
    queued_at: datetime = moment_field(primary_key=True)
    message_sid: str = sid_field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=SmallInteger)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    attempts: int = count_field()  # answered with a temporary error
    doubts: int = count_field()  # written and never answered
    not_before: datetime | None = moment_field(default=None, nullable=True)
    waiting_for: str | None = text_field(default=None, nullable=True)  # in plain words


class SegmentInFlight(SQLModel, table=True):
    """A segment that may have been sent: claimed, committed, and not answered (house rule 3)."""

    __tablename__ = "in_flight"
    __table_args__ = (
        Index("ix_in_flight_connector", "connector_sid"),  # a take-over
        Index("ix_in_flight_held", "held_at", postgresql_where=text("held_at IS NOT NULL")),
    )

    message_sid: str = sid_field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=SmallInteger)
    connector_sid: str = sid_field()
    lane: int = Field(sa_type=SmallInteger)
    queued_at: datetime = moment_field()
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    attempts: int = Field(sa_type=SmallInteger)
    doubts: int = Field(sa_type=SmallInteger)
    epoch: int = Field(sa_type=BigInteger)  # of the lease under which it was claimed
    claimed_at: datetime = moment_field()
    held_at: datetime | None = moment_field(default=None, nullable=True)  # in doubt, policy `hold`


class DoubleSubmit(SQLModel, table=True):
    """The ledger of doubles: a segment in doubt that was submitted once more."""

    __tablename__ = "double_submits"

    message_sid: str = sid_field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=SmallInteger)
    at: datetime = moment_field(default_now=True, primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    connector_sid: str = sid_field()
    why: str = text_field()
