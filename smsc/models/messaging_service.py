"""Messaging services: a pool of senders under one SID, and what is kept of each recipient."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    json_object_field,
    moment_field,
    sid_field,
    text_field,
    word_field,
)


class MessagingService(SQLModel, table=True):
    """A pool of senders with their common settings. A number is in one service at most."""

    __tablename__ = "messaging_services"
    __table_args__ = (
        CheckConstraint("inbound_method IN ('GET', 'POST')", name="inbound_method_known"),
        CheckConstraint("fallback_method IN ('GET', 'POST')", name="fallback_method_known"),
        CheckConstraint("validity_period BETWEEN 1 AND 36000", name="validity_in_range"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", index=True)
    friendly_name: str = text_field()
    inbound_request_url: str | None = text_field(default=None, nullable=True)
    inbound_method: str = word_field("POST")
    fallback_url: str | None = text_field(default=None, nullable=True)
    fallback_method: str = word_field("POST")
    status_callback: str | None = text_field(default=None, nullable=True)
    sticky_sender: bool = True
    smart_encoding: bool = True
    area_code_geomatch: bool = True
    use_inbound_webhook_on_number: bool = flag_field()
    validity_period: int = Field(default=36_000, sa_type=Integer)  # seconds
    usecase: str = word_field("undeclared")
    opt_out: dict[str, object] = json_object_field()  # Advanced Opt-Out; empty: the default words
    # Kept and shown, without effect: what they govern does not exist here
    mms_converter: bool = True
    fallback_to_long_code: bool = True
    scan_message_content: str = word_field("inherit")
    synchronous_validation: bool = flag_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class AlphaSender(SQLModel, table=True):
    """An alphanumeric sender ID in a service's pool; it may be in several."""

    __tablename__ = "alpha_senders"
    __table_args__ = (UniqueConstraint("messaging_service_sid", "alpha_sender"),)

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    messaging_service_sid: str = sid_field(foreign_key="messaging_services.sid", ondelete="CASCADE")
    alpha_sender: str = text_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class StickySender(SQLModel, table=True):
    """The sender that a recipient has got messages of a service from."""

    __tablename__ = "sticky_senders"

    messaging_service_sid: str = sid_field(
        primary_key=True, foreign_key="messaging_services.sid", ondelete="CASCADE"
    )
    to_: str = text_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    sender: str = text_field()
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class ScheduledMessage(SQLModel, table=True):
    """A message that waits for its time. Narrow: until then nothing else looks at it."""

    __tablename__ = "scheduled_messages"
    __table_args__ = (
        Index("ix_scheduled_messages_due", "send_at", "message_sid"),  # the release
        Index("ix_scheduled_messages_account", "account_sid"),  # the cap
    )

    message_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    send_at: datetime = moment_field()
    # The recipient's, "" for none: decides on the sender; None: of a release that didn't keep it
    iso_country: str | None = text_field(default=None, nullable=True)
