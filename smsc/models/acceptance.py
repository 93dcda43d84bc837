"""What an accept may leave beside its message: a deadline, an idempotency key, feedback."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class MessageDeadline(SQLModel, table=True):
    """When a message that names a validity period may no longer wait. Others have no row."""

    __tablename__ = "message_deadlines"

    message_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    expires_at: datetime = moment_field(index=True)  # the clock's sweep


class IdempotencyKey(SQLModel, table=True):
    """A key that a request to send came with, and the message that it made; kept for 24 hours."""

    __tablename__ = "idempotency_keys"

    account_sid: str = sid_field(primary_key=True)
    key: str = text_field(primary_key=True)
    carrier_sid: str = sid_field()
    digest: bytes = Field(sa_type=LargeBinary)  # SHA-256 of the request's body
    message_sid: str = sid_field()
    status: str = text_field()  # that the first answer told
    created_at: datetime = moment_field(default_now=True, nullable=False, index=True)


class MessageFeedback(SQLModel, table=True):
    """What a customer reports of a message: that it did what it was for, or not."""

    __tablename__ = "message_feedback"
    __table_args__ = (
        CheckConstraint("outcome IN ('confirmed', 'unconfirmed')", name="outcome_known"),
    )

    message_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    outcome: str = text_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
