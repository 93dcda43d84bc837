"""Carriers, who run the platform for their accounts, and their API keys."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field, word_field, words_field


class Carrier(SQLModel, table=True):
    """An operator: owns accounts, numbers, connectors and routes."""

    __tablename__ = "carriers"

    sid: str = sid_field(primary_key=True)
    name: str = text_field()
    price_unit: str = word_field("USD")  # of its tariffs and balances, ISO 4217
    created_at: datetime = moment_field(default_now=True, nullable=False)


class CarrierKey(SQLModel, table=True):
    """A bearer key of `/carrier/v1`. The key is shown once; we keep its SHA-256."""

    __tablename__ = "carrier_keys"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    name: str = text_field()
    digest: bytes = Field(sa_type=LargeBinary)
    allowed_networks: list[str] = words_field()  # CIDR; none: from anywhere
    last_used_at: datetime | None = moment_field(default=None, nullable=True)  # to the minute
    created_at: datetime = moment_field(default_now=True, nullable=False)
    revoked_at: datetime | None = moment_field(default=None, nullable=True)
