"""What peers sent and we could not finish with yet: parts, parked receipts, quarantine."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
)
from sqlalchemy import Text as TextType
from sqlmodel import Field, SQLModel

from smsc.models.columns import flag_field, moment_field, sid_field, text_field


class InboundPart(SQLModel, table=True):
    """A part of an inbound message that waits for the others, or did so lately."""

    __tablename__ = "inbound_parts"

    connector_sid: str = sid_field(primary_key=True)
    source_addr: str = text_field(primary_key=True)
    destination_addr: str = text_field(primary_key=True)
    reference: int = Field(primary_key=True, sa_type=Integer)
    width: int = Field(primary_key=True, sa_type=SmallInteger)  # bits of the reference
    total: int = Field(primary_key=True, sa_type=SmallInteger)
    number: int = Field(primary_key=True, sa_type=SmallInteger)
    carrier_sid: str = sid_field()
    data_coding: int = Field(sa_type=SmallInteger)
    payload: bytes = Field(sa_type=LargeBinary)  # empty once its message is whole
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed it
    digest: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)  # of the payload
    udh: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)  # but for its place
    channel_sid: str | None = sid_field(default=None, nullable=True)
    # Its message is whole; it is remembered for a while, lest a repeated part begin another
    joined_at: datetime | None = moment_field(default=None, nullable=True)
    again: bool = flag_field()  # came once more after that: a repetition, or the next message's
    received_at: datetime = moment_field(default_now=True, nullable=False, index=True)


class ParkedReceipt(SQLModel, table=True):
    """A receipt whose segment is not known (yet): it may have overtaken its response."""

    __tablename__ = "parked_receipts"
    __table_args__ = (
        Index("ix_parked_receipts_keys", "keys", postgresql_using="gin"),  # a response looks for it
        Index("ix_parked_receipts_connector", "connector_sid", "parked_at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    connector_sid: str = sid_field()
    keys: list[str] = Field(sa_column=Column(ARRAY(TextType), nullable=False))
    source_addr: str = text_field()
    destination_addr: str = text_field()
    message_id: str | None = text_field(default=None, nullable=True)  # as it came
    state: int = Field(sa_type=SmallInteger)
    raw_state: str = text_field()
    error_code: str | None = text_field(default=None, nullable=True)
    done_date: str | None = text_field(default=None, nullable=True)
    raw: bytes = Field(sa_type=LargeBinary)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed it
    parked_at: datetime = moment_field(default_now=True, nullable=False)


class Quarantined(SQLModel, table=True):
    """A PDU that was acknowledged and that we could not place: kept raw, shown and counted."""

    __tablename__ = "quarantine"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field(index=True)
    connector_sid: str = sid_field()
    why: str = text_field()
    pdu: bytes = Field(sa_type=LargeBinary)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed it
    at: datetime = moment_field(default_now=True, nullable=False)
