"""Accounts, whose programs send and receive, and the credentials of their ESMEs."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Numeric, SmallInteger, Text
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    moment_field,
    number_field,
    sid_field,
    text_field,
    words_field,
)


class AccountStatus(StrEnum):
    """Twilio's account statuses."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Account(SQLModel, table=True):
    """A customer of a carrier."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    friendly_name: str = text_field()
    status: AccountStatus = Field(
        default=AccountStatus.ACTIVE, sa_column=Column(Text, nullable=False)
    )
    auth_token_sealed: str = text_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class SmppCredential(SQLModel, table=True):
    """What an account's ESME binds to our listener with."""

    __tablename__ = "smpp_credentials"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", index=True)
    system_id: str = text_field(unique=True)
    password_hash: str = text_field()
    window_size: int = Field(default=100, sa_type=SmallInteger)
    receives_inbound: bool = True  # inbound messages of the account go to it, beside webhooks
    allowed_networks: list[str] = words_field()  # CIDR; none: from anywhere
    bind_types: list[str] = words_field()  # none: all three
    max_binds: int = number_field(10)
    throughput: Decimal | None = Field(default=None, sa_type=Numeric(10, 4), nullable=True)
    allowed_senders: list[str] = words_field()  # none: all of the account
    lane: int = number_field(2)
    receipt_template: str | None = text_field(default=None, nullable=True)  # None: Appendix B
    created_at: datetime = moment_field(default_now=True, nullable=False)
    revoked_at: datetime | None = moment_field(default=None, nullable=True)
