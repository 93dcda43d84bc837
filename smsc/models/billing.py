"""Tariffs, the ledger, balances, and usage by day."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, octets_field, sid_field, text_field, word_field

_MONEY = Numeric(12, 6)


class TariffDirection(StrEnum):
    """Which messages a price is for."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class EntryKind(StrEnum):
    """Why a balance changed."""

    CHARGE = "charge"
    REVERSAL = "reversal"
    CREDIT = "credit"


class Tariff(SQLModel, table=True):
    """A carrier's price of one segment to, or from, numbers that begin so."""

    __tablename__ = "tariffs"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "direction", "prefix"),
        CheckConstraint("direction IN ('outbound', 'inbound')", name="direction_known"),
        CheckConstraint("prefix ~ '^[0-9]*$'", name="prefix_digits"),
        CheckConstraint("price >= 0", name="price_not_negative"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    direction: str = text_field()
    # Digits of the handset's number for what is sent, of our own for what is received; "": all
    prefix: str = octets_field()
    price: Decimal = Field(sa_type=_MONEY)  # of a segment
    name: str = word_field("")  # of the network, shown to customers
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Balance(SQLModel, table=True):
    """What an account has left, and how low it may fall. Subaccounts have their parent's."""

    __tablename__ = "balances"
    __table_args__ = (
        CheckConstraint("floor IS NULL OR floor <= 0", name="floor_not_positive"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    account_sid: str = sid_field(primary_key=True, foreign_key="accounts.sid")
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    balance: Decimal = Field(
        default=Decimal(0), sa_type=_MONEY, sa_column_kwargs={"server_default": "0"}
    )
    floor: Decimal | None = Field(default=None, sa_type=_MONEY, nullable=True)  # None: no limit
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class LedgerEntry(SQLModel, table=True):
    """One change of a balance. Rows are added and never changed: a trigger sees to it."""

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint("kind IN ('charge', 'reversal', 'credit')", name="kind_known"),
        Index(
            "ix_ledger_message", "message_sid", postgresql_where=text("message_sid IS NOT NULL")
        ),  # a message's price; a reversal
        Index("ix_ledger_account", "account_sid", "created_at"),  # usage
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()  # whose message it was
    payer_sid: str = sid_field()  # whose balance it changed
    message_sid: str | None = sid_field(default=None, nullable=True)
    kind: str = text_field()
    category: str | None = text_field(default=None, nullable=True)  # Twilio's usage category
    amount: Decimal = Field(sa_type=_MONEY)  # negative: the balance fell
    price_unit: str = text_field()  # ISO 4217
    note: str = word_field("")
    created_at: datetime = moment_field(default_now=True, nullable=False)


class UsageDay(SQLModel, table=True):
    """What of a day's usage is not counted among the messages themselves.

    That is all of a day that `UsageThrough` has passed, and before that what its account deleted.
    """

    __tablename__ = "usage_days"

    account_sid: str = sid_field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)  # UTC
    category: str = text_field(primary_key=True)
    carrier_sid: str = sid_field()
    messages: int = Field(default=0, sa_type=BigInteger)
    segments: int = Field(default=0, sa_type=BigInteger)
    price: Decimal = Field(
        default=Decimal(0), sa_type=Numeric(18, 6), sa_column_kwargs={"server_default": "0"}
    )


class UsageThrough(SQLModel, table=True):
    """The last day whose usage is in `UsageDay`, by account."""

    __tablename__ = "usage_through"

    account_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    day: date = Field(sa_type=Date)
