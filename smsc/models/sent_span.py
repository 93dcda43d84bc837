"""When runs of messages were sent: lists by `DateSent` pass over what they do not ask for."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from smsc.models.columns import moment_field, sid_field


class _Sending(SQLModel):
    """From when until when a run of an account's messages was sent.

    Where one of them may still be sent, that is all time; where none ever was, none.
    """

    carrier_sid: str = sid_field()
    sent_from: datetime = moment_field()
    sent_until: datetime = moment_field()  # of the last of them
    checked_at: datetime = moment_field()
    check_at: datetime | None = moment_field(default=None, nullable=True)  # None: all is final


class SentSpan(_Sending, table=True):
    """A run of messages by SID, and when they were sent; of what was scheduled it says nothing."""

    __tablename__ = "sent_spans"
    __table_args__ = (
        Index("ix_sent_spans_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    account_sid: str = sid_field(primary_key=True)
    first_sid: str = sid_field(primary_key=True)
    last_sid: str = sid_field()


class ReleasedSpan(_Sending, table=True):
    """The same of what was scheduled, in the order in which it was released into the queue."""

    __tablename__ = "released_spans"
    __table_args__ = (
        Index("ix_released_spans_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    account_sid: str = sid_field(primary_key=True)
    first_at: datetime = moment_field(primary_key=True)
    last_at: datetime = moment_field()


class SentThrough(SQLModel, table=True):
    """When the clock looks next whether an account has another span's worth of messages."""

    __tablename__ = "sent_through"
    __table_args__ = (Index("ix_sent_through_look", "look_at"),)

    account_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    looked_at: datetime = moment_field()
    look_at: datetime = moment_field()
