"""Carriers, who run the platform for their accounts, and their API keys."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    moment_field,
    octets_field,
    sid_field,
    text_field,
    word_field,
    words_field,
)


class Carrier(SQLModel, table=True):
    """An operator: owns accounts, numbers, connectors and routes."""

    __tablename__ = "carriers"

    sid: str = sid_field(primary_key=True)
    name: str = text_field()
    second_factor_required: bool = flag_field()  # nobody sees anything without one
    price_unit: str = word_field("USD")  # of its tariffs and balances, ISO 4217
    # How many days new accounts keep what; None: for ever
    default_texts_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    default_numbers_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    default_logs_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    default_messages_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    lawful_use_at: datetime | None = moment_field(default=None, nullable=True)  # it was declared
    # How it looks; None: as its name, and ours
    brand_name: str | None = text_field(default=None, nullable=True)
    brand_color: str | None = text_field(default=None, nullable=True)  # "#0b6b57"
    logo_version: str | None = text_field(default=None, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)


class CarrierLogo(SQLModel, table=True):
    """A carrier's logo: a PNG of which nothing but its picture is kept."""

    __tablename__ = "carrier_logos"

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid", ondelete="CASCADE")
    octets: bytes = Field(sa_type=LargeBinary)


class CarrierDomain(SQLModel, table=True):
    """A host under which a carrier's customers come, once it was seen to lead here."""

    __tablename__ = "carrier_domains"
    __table_args__ = (
        Index(
            "uq_carrier_domains_verified",
            "host",
            unique=True,
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
    )

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid")
    host: str = octets_field(primary_key=True)
    token: str = text_field()
    verified_at: datetime | None = moment_field(default=None, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)


class CarrierKey(SQLModel, table=True):
    """A bearer key of `/carrier/v1`. The key is shown once; we keep its hash."""

    __tablename__ = "carrier_keys"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", index=True)
    name: str = text_field()
    digest: bytes = Field(sa_type=LargeBinary)  # Argon2id; of an old key SHA-256
    runs_platform: bool = flag_field()  # it is a key of /platform/v1, too
    allowed_networks: list[str] = words_field()  # CIDR; none: from anywhere
    last_used_at: datetime | None = moment_field(default=None, nullable=True)  # to the minute
    created_at: datetime = moment_field(default_now=True, nullable=False)
    revoked_at: datetime | None = moment_field(default=None, nullable=True)
