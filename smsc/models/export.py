"""Lists of messages that somebody has asked for as a file, and what is written of each."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel

from smsc.models.columns import json_object_field, moment_field, sid_field, text_field


class MessageExport(SQLModel, table=True):
    """An export: what was asked for, as far as who asked could see, and how far it is."""

    __tablename__ = "message_exports"
    __table_args__ = (
        CheckConstraint("state IN ('writing', 'done')", name="state_known"),
        Index(
            "ix_message_exports_writing",
            "sid",
            postgresql_where=text("state = 'writing'"),
        ),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    user_sid: str | None = sid_field(
        default=None, foreign_key="users.sid", ondelete="CASCADE", index=True, nullable=True
    )  # None: of a program
    account_sids: list[str] | None = Field(
        default=None, sa_type=ARRAY(TEXT), nullable=True
    )  # None: all of the carrier
    asked: dict[str, object] = json_object_field()
    state: str = text_field(default="writing")
    rows: int = Field(default=0, sa_type=Integer)
    parts: int = Field(default=0, sa_type=Integer)
    reached: str | None = sid_field(default=None, nullable=True)  # the last message written
    begins_at: datetime = moment_field()  # of the messages: it is written from the newest
    ends_at: datetime = moment_field()  # back to the oldest
    created_at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field(index=True)


class MessageExportPart(SQLModel, table=True):
    """Some lines of an export, compressed, then sealed."""

    __tablename__ = "message_export_parts"

    export_sid: str = sid_field(
        primary_key=True, foreign_key="message_exports.sid", ondelete="CASCADE"
    )
    number: int = Field(primary_key=True, sa_type=Integer)
    content: bytes = Field(sa_type=LargeBinary)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # the carrier's
