"""What people look at when a link misbehaves: kept PDUs, and probes with their reports."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import json_object_field, moment_field, sid_field, text_field


class KeptPdu(SQLModel, table=True):
    """A PDU of a message, kept as long as its connector says (`pdu_hours`)."""

    __tablename__ = "kept_pdus"
    __table_args__ = (
        CheckConstraint("direction IN ('out', 'in')", name="direction_known"),
        Index("ix_kept_pdus_message", "message_sid"),
        Index(
            "ix_kept_pdus_thread",
            "connector_sid",
            "thread",
            postgresql_where=text("message_sid IS NULL"),
        ),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    connector_sid: str = sid_field()
    message_sid: str | None = sid_field(default=None, nullable=True)  # None: of no message (yet)
    thread: str | None = text_field(default=None, nullable=True)  # by it the message is found
    direction: str = text_field()  # as we see it
    pdu: bytes = Field(sa_type=LargeBinary)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed it
    at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field(index=True)


class Probe(SQLModel, table=True):
    """An examination of a connector, asked for over the Carrier API, and what it found."""

    __tablename__ = "probes"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state_known"),
        Index(
            "uq_probes_open",
            "connector_sid",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    connector_sid: str = sid_field(foreign_key="connectors.sid", index=True, ondelete="CASCADE")
    state: str = text_field(default="waiting")
    owner: str | None = sid_field(default=None, nullable=True)  # the process that runs it
    renewed_at: datetime = moment_field(default_now=True, nullable=False)  # by that process
    asked: dict[str, object] = json_object_field()
    report: dict[str, object] = json_object_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    finished_at: datetime | None = moment_field(default=None, nullable=True)
