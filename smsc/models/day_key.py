"""The keys that texts and raw octets are sealed with, wrapped by `SMSC_SECRET_KEY`."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Identity, Index, Text, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import flag_field, moment_field, sid_field


class DayKey(SQLModel, table=True):
    """A key of an account, or of a carrier for what belongs to no account, and of one day (UTC).

    Deleting the row makes all that it sealed unreadable, in every file, log and backup.
    """

    __tablename__ = "day_keys"
    __table_args__ = (
        Index(
            "uq_day_keys_owner",
            *("owner_sid", "day"),
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    owner_sid: str = sid_field()
    day: date
    wrapped: str = Field(sa_type=Text)
    # Something that it sealed was redacted since: a purge then ends the key
    is_touched: bool = flag_field()
    # A purge has put another key in its place; what races with that may still use it for a while
    retired_at: datetime | None = moment_field(default=None, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)
