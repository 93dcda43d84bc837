"""Self sign-up: what a carrier offers to whoever comes by, and who has asked."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, Integer, LargeBinary, Numeric
from sqlmodel import Field, SQLModel

from smsc.models.columns import flag_field, moment_field, set_flag_field, sid_field, text_field


class SignUpPolicy(SQLModel, table=True):
    """Whether a carrier lets people make accounts of their own, and what their trial is."""

    __tablename__ = "sign_up_policies"

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid")
    enabled: bool = flag_field()
    needs_approval: bool = flag_field()  # the account sends nothing until the carrier approves
    messages_per_day: int | None = Field(default=None, sa_type=Integer, nullable=True)
    spend_per_month: Decimal | None = Field(default=None, sa_type=Numeric(12, 6), nullable=True)
    own_numbers_only: bool = set_flag_field()  # it writes to numbers that it has confirmed
    verify_service_sid: str | None = sid_field(default=None, nullable=True)  # that confirms them
    text_prefix: str | None = text_field(default=None, nullable=True)  # before each of its texts
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class SignUp(SQLModel, table=True):
    """Somebody who asked for an account, by the token of their mail; we keep its SHA-256."""

    __tablename__ = "sign_ups"
    __table_args__ = (Index("ix_sign_ups_email", "carrier_sid", "email"),)  # a mail to one address

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    email: str = text_field()
    organisation: str = text_field()  # what the account is called
    locale: str | None = text_field(default=None, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field()
