"""What keeps a stolen or pumped account from doing harm: its counted days, its shut prefixes."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Date, Integer, Numeric
from sqlmodel import Field, SQLModel

from smsc.models.columns import flag_field, moment_field, number_field, sid_field, text_field


class PumpingGuard(StrEnum):
    """What the guard against traffic pumping may do in an account."""

    OFF = "off"
    WATCH = "watch"  # it tells, and stops nothing
    CODES = "codes"  # it stops one-time passwords, and watches the others
    ALL = "all"  # it stops whatever isn't an alert


class CappedDay(SQLModel, table=True):
    """What an account that has caps handed in on one day, in UTC."""

    __tablename__ = "capped_days"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    account_sid: str = sid_field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    carrier_sid: str = sid_field()
    messages: int = number_field(0)
    spend: Decimal = Field(
        default=Decimal(0), sa_type=Numeric(18, 6), sa_column_kwargs={"server_default": "0"}
    )
    told: bool = flag_field()  # an alert says that a cap was reached


class BlockedPrefix(SQLModel, table=True):
    """Numbers that begin so were suspected in an account. One row each, kept for the next time."""

    __tablename__ = "blocked_prefixes"

    account_sid: str = sid_field(primary_key=True)
    prefix: str = sid_field(primary_key=True)  # digits behind the plus
    carrier_sid: str = sid_field()
    why: str = text_field()
    stops: bool = flag_field()  # else it was only watched
    times: int = Field(default=1, sa_type=Integer, sa_column_kwargs={"server_default": "1"})
    blocked_at: datetime = moment_field()
    until: datetime = moment_field()
