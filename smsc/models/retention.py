"""How long a carrier must keep what, by country."""

from datetime import datetime

from sqlalchemy import Integer
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class RetentionMinimum(SQLModel, table=True):
    """What the law wants kept of accounts with numbers of a country; None: it says nothing."""

    __tablename__ = "retention_minimums"

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid")
    iso_country: str = text_field(primary_key=True)  # "": of all accounts of the carrier
    texts_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    numbers_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    logs_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    messages_days: int | None = Field(default=None, sa_type=Integer, nullable=True)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
