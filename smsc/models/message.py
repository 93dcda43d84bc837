"""Messages, their answered segments, and the history of each."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    count_field,
    flag_field,
    moment_field,
    octets_field,
    sid_field,
    text_field,
)

STATUSES = (
    "'accepted', 'scheduled', 'queued', 'sending', 'sent', 'delivered', 'undelivered', "
    "'failed', 'canceled', 'receiving', 'received'"
)


class Direction(StrEnum):
    """Twilio's directions of a message."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_REPLY = "outbound-reply"


class Message(SQLModel, table=True):
    """One SMS, as Twilio's resource has it. Hot: no index on what changes, room for HOT updates."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        Index("ix_messages_account", "account_sid", "sid"),  # a list
        Index("ix_messages_to", "account_sid", "to_", "sid"),  # a list filtered by To
        Index("ix_messages_from", "account_sid", "from_", "sid"),  # a list filtered by From
        Index(
            "ix_messages_queued",
            *("account_sid", "queued_at"),
            postgresql_where=text("queued_at IS NOT NULL"),
        ),  # the usage of a day: what was scheduled earlier
        Index(
            "ix_messages_released",
            *("account_sid", "sid"),
            postgresql_where=text("queued_at IS NOT NULL"),
        ),  # a list filtered by DateSent: the scheduled ones of a long span
        {"postgresql_with": {"fillfactor": 50}},
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    direction: str = text_field()
    status: str = text_field()
    to_: str = text_field()
    from_: str = text_field()
    body: str = text_field()  # empty where it is sealed
    sealed_body: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    # The day key that sealed the text and what else belongs to the message; None: it lies plain.
    # With a key and no text, the message was redacted
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    data_coding: int = Field(default=0, sa_type=SmallInteger)
    num_segments: int = Field(default=1, sa_type=SmallInteger)
    segments_sent: int = count_field()
    segments_failed: int = count_field()
    segments_delivered: int = count_field()
    segments_undelivered: int = count_field()
    lane: int = Field(default=2, sa_type=SmallInteger)
    connector_sid: str | None = sid_field(default=None, nullable=True)
    smpp_credential_sid: str | None = sid_field(default=None, nullable=True)  # an ESME's own
    # Which receipts that ESME asked for, as its `submit_sm` said it (SMPP 3.4 §5.2.17)
    registered_delivery: int = count_field()
    # What the ESME wrote otherwise than we would, addresses first; messaging.submitted_as
    submitted_as: str | None = text_field(default=None, nullable=True)
    status_callback: str | None = text_field(default=None, nullable=True)
    # Of a TwiML reply: a second URL that is told its statuses, and how
    action_url: str | None = text_field(default=None, nullable=True)
    action_method: str | None = text_field(default=None, nullable=True)
    messaging_service_sid: str | None = sid_field(default=None, nullable=True)
    # How long it may wait with us, then with the remote; None: ten hours, and as the remote likes
    validity_seconds: int | None = Field(default=None, sa_type=Integer, nullable=True)
    queued_at: datetime | None = moment_field(default=None, nullable=True)  # None: when created
    error_code: int | None = Field(default=None, sa_type=Integer, nullable=True)
    partial: bool = flag_field()  # an inbound message whose missing parts never came
    user_data: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)  # sent as is
    has_udh: bool = flag_field()
    # How it is cut and encoded where a connector wants other than the default; sms.text_style
    text_style: str | None = text_field(default=None, nullable=True)
    # How many submit_sm it takes, if not as many as segments: message_payload takes one
    num_submits: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)
    channel_sid: str | None = sid_field(default=None, nullable=True)  # the SIM it goes by
    bulk_sid: str | None = sid_field(default=None, nullable=True)  # the request of many it is of
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
    sent_at: datetime | None = moment_field(default=None, nullable=True)


class Segment(SQLModel, table=True):
    """A segment that the remote has answered. Before that it is a row of `queue` or `in_flight`."""

    __tablename__ = "segments"
    __table_args__ = (
        Index(
            "ix_segments_receipt_key",
            "connector_sid",
            "receipt_key",
            postgresql_where=text("receipt_key IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": 60}},
    )

    message_sid: str = sid_field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=SmallInteger)  # from 1
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    connector_sid: str = sid_field()
    command_status: int = Field(sa_type=BigInteger)  # of the submit_sm_resp; -1: none ever came
    smsc_message_id: str | None = text_field(default=None, nullable=True)  # as the remote wrote it
    receipt_key: str | None = octets_field(default=None, nullable=True)  # receipt.stored_key
    submitted_at: datetime = moment_field()
    answered_at: datetime = moment_field()
    state: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)  # message_state
    receipt_at: datetime | None = moment_field(default=None, nullable=True)
    receipt_error: str | None = text_field(default=None, nullable=True)
    # The receipt as it came, where the history has no event for it
    receipt_raw: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)


class MessageEvent(SQLModel, table=True):
    """One change of a message or of a segment of it: what, when, why, and the raw facts.

    What a row says is not repeated here: the creation (`messages.created_at`), what was sent
    (`messages.sent_at`), what was delivered (the status, and the receipt beside its segment).
    """

    __tablename__ = "message_events"

    message_sid: str = sid_field(primary_key=True)
    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    at: datetime = moment_field(default_now=True, nullable=False)
    # A message status, or: receipt, retried, in_doubt, resubmitted, replaced
    event: str = text_field()
    number: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)
    why: str | None = text_field(default=None, nullable=True)
    raw: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed `raw`
