"""Messages that one request makes for many recipients, and what of them waits to be claimed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, SmallInteger, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    count_field,
    flag_field,
    moment_field,
    sid_field,
    text_field,
)


class Bulk(SQLModel, table=True):
    """One request of many messages. Its messages are those of the span that name it."""

    __tablename__ = "bulks"
    __table_args__ = (
        CheckConstraint(
            "status IN ('sending', 'paused', 'canceled', 'completed')", name="status_known"
        ),
        Index("ix_bulks_account", "account_sid", "sid"),  # a list
        Index(
            "ix_bulks_open", "sid", postgresql_where=text("finished_at IS NULL")
        ),  # the clock's look
        Index(
            "ix_bulks_callback_due_at",
            "callback_due_at",
            postgresql_where=text("callback_due_at IS NOT NULL"),
        ),  # callbacks that are owed
        {"postgresql_with": {"fillfactor": 70}},
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    status: str = text_field()
    lane: int = Field(sa_type=SmallInteger)
    from_: str | None = text_field(default=None, nullable=True)
    messaging_service_sid: str | None = sid_field(default=None, nullable=True)
    body: str = text_field()  # with its placeholders; empty where it is sealed
    sealed_body: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    status_callback: str | None = text_field(default=None, nullable=True)
    validity_seconds: int | None = Field(default=None, sa_type=Integer, nullable=True)
    recipients: int = Field(sa_type=Integer)  # lines that name one, good or bad
    rejected: int = Field(sa_type=Integer)
    first_sid: str | None = sid_field(default=None, nullable=True)  # of its messages, both included
    last_sid: str | None = sid_field(default=None, nullable=True)
    created_at: datetime = moment_field()
    updated_at: datetime = moment_field()
    expires_at: datetime = moment_field()  # what waits then fails
    finished_at: datetime | None = moment_field(default=None, nullable=True)  # nothing waits
    callback_due_at: datetime | None = moment_field(default=None, nullable=True)
    callback_tries: int = count_field()  # of the durable schedule


class BulkBatch(SQLModel, table=True):
    """Messages of a bulk that wait for one connector: those of the span behind `after_sid`.

    It stands for as many rows of `queue`; a claim moves `after_sid` on, which no index has.
    """

    __tablename__ = "bulk_batches"
    __table_args__ = (
        Index(
            "ix_bulk_batches_front",
            *("connector_sid", "lane", "queued_at", "bulk_sid", "first_sid"),
            postgresql_where=text("NOT held"),
        ),  # the claim
        {"postgresql_with": {"fillfactor": 50}},
    )

    bulk_sid: str = sid_field(primary_key=True)
    connector_sid: str = sid_field(primary_key=True)
    first_sid: str = sid_field(primary_key=True)
    last_sid: str = sid_field()
    after_sid: str = sid_field()  # empty: nothing is claimed yet
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    lane: int = Field(sa_type=SmallInteger)
    queued_at: datetime = moment_field()
    held: bool = flag_field()  # paused, or to be ended


class BulkRejection(SQLModel, table=True):
    """A line of a bulk that made no message, and why."""

    __tablename__ = "bulk_rejections"

    bulk_sid: str = sid_field(primary_key=True)
    line: int = Field(primary_key=True, sa_type=Integer)  # of the request's body, from 1
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    to_: str | None = text_field(default=None, nullable=True)  # as it was written
    error_code: int = Field(sa_type=Integer)
    why: str = text_field()
