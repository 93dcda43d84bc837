"""Accounts, whose programs send and receive, and the credentials of their ESMEs."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    moment_field,
    number_field,
    sid_field,
    text_field,
    word_field,
    words_field,
)
from smsc.models.protection import PumpingGuard


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
        CheckConstraint(
            "pumping_guard IN ('off', 'watch', 'codes', 'all')", name="pumping_guard_known"
        ),
        Index(
            "ix_accounts_quarantined", "sid", postgresql_where=text("quarantined_at IS NOT NULL")
        ),  # whose segments the clock holds
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    friendly_name: str = text_field()
    status: AccountStatus = Field(
        default=AccountStatus.ACTIVE, sa_column=Column(Text, nullable=False)
    )
    owner_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", index=True, nullable=True
    )  # of a subaccount: its parent
    auth_token_sealed: str = text_field()
    secondary_token_sealed: str | None = text_field(default=None, nullable=True)
    test_sid: str | None = sid_field(default=None, unique=True, nullable=True)  # AC…, of no account
    test_token_sealed: str | None = text_field(default=None, nullable=True)
    closed_countries: list[str] = words_field()  # to which it may not send, ISO; none: to all
    requests_per_second: Decimal | None = Field(
        default=None, sa_type=Numeric(10, 4), nullable=True
    )  # None: no limit
    # Caps on what it and its subaccounts hand in, by day and month of UTC; None: no limit
    messages_per_day: int | None = Field(default=None, sa_type=Integer, nullable=True)
    spend_per_day: Decimal | None = Field(default=None, sa_type=Numeric(12, 6), nullable=True)
    spend_per_month: Decimal | None = Field(default=None, sa_type=Numeric(12, 6), nullable=True)
    pumping_guard: str = word_field(PumpingGuard.CODES.value)
    safe_prefixes: list[str] = words_field()  # digits, of numbers that are never suspected
    quarantined_at: datetime | None = moment_field(default=None, nullable=True)
    quarantine_why: str | None = text_field(default=None, nullable=True)
    trial_since: datetime | None = moment_field(default=None, nullable=True)  # made by a sign-up
    only_recipients: list[str] | None = Field(
        default=None, sa_type=ARRAY(Text), nullable=True
    )  # None: it may write to all
    text_prefix: str | None = text_field(default=None, nullable=True)  # before each of its texts
    # How many days texts, the other party's numbers, logs and messages are kept; None: for ever
    texts_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    numbers_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    logs_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    messages_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    texts_until: str | None = sid_field(default=None, nullable=True)  # up to there they are gone
    numbers_until: str | None = sid_field(default=None, nullable=True)
    logs_until: str | None = sid_field(default=None, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class KeyKind(StrEnum):
    """What an API key may do."""

    STANDARD = "standard"  # all but accounts, keys and tokens
    MAIN = "main"  # what the auth token may
    RESTRICTED = "restricted"  # what its permissions name


class ApiKey(SQLModel, table=True):
    """A key of an account's API. The secret is shown once; we keep its hash."""

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("kind IN ('standard', 'main', 'restricted')", name="kind_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", index=True)
    friendly_name: str = text_field()
    kind: str = text_field(default=KeyKind.STANDARD.value)
    permissions: list[str] = words_field()  # of a restricted key: /twilio/messaging/messages/create
    digest: bytes = Field(sa_type=LargeBinary)  # Argon2id; of an old key SHA-256
    requests_per_second: Decimal | None = Field(
        default=None, sa_type=Numeric(10, 4), nullable=True
    )  # None: no limit but the account's
    allowed_networks: list[str] = words_field()  # CIDR; none: from anywhere
    last_used_at: datetime | None = moment_field(default=None, nullable=True)  # to the minute
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
    last_used_at: datetime | None = moment_field(default=None, nullable=True)  # to the minute
    created_at: datetime = moment_field(default_now=True, nullable=False)
    revoked_at: datetime | None = moment_field(default=None, nullable=True)


class EsmeSession(SQLModel, table=True):
    """A bound session of a credential, while the process that holds it lives."""

    __tablename__ = "esme_sessions"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    smpp_credential_sid: str = sid_field(index=True)
    process_sid: str = sid_field()
    bind_type: str = text_field()
    peer: str = text_field()
    bound_at: datetime = moment_field(default_now=True, nullable=False)
