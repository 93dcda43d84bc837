"""The webhook outbox, its attempts, and what waits for customers' ESMEs."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from smsc.models.columns import count_field, moment_field, number_field, sid_field, text_field


class Webhook(SQLModel, table=True):
    """A request owed to a customer. Its event id is (message, ordinal). Deleted when done."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("method IN ('GET', 'POST')", name="method_known"),
        Index("ix_webhooks_due", "due_at"),  # the claim; a claim's end, for a dead process's claims
        Index(
            "ix_webhooks_parked",
            "account_sid",
            "parked_for",
            "message_sid",
            "ordinal",
            postgresql_where=text("parked_for IS NOT NULL"),
        ),  # what a paused endpoint's probe and resumption take
    )

    message_sid: str = sid_field(primary_key=True)
    ordinal: int = Field(primary_key=True, sa_type=SmallInteger)  # order of the first tries
    event: str = text_field()  # a message status
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    url: str = text_field()
    method: str = text_field(default="POST", sa_column_kwargs={"server_default": "POST"})
    fallback_url: str | None = text_field(default=None, nullable=True)
    fallback_method: str = text_field(default="POST", sa_column_kwargs={"server_default": "POST"})
    error_code: int | None = Field(default=None, sa_type=Integer, nullable=True)
    raw_dlr_done_date: str | None = text_field(default=None, nullable=True)
    opt_out_type: str | None = text_field(default=None, nullable=True)  # of Advanced Opt-Out
    created_at: datetime = moment_field(default_now=True, nullable=False)
    due_at: datetime = moment_field(default_now=True, nullable=False)
    claimed_by: str | None = sid_field(default=None, nullable=True)
    tries: int = count_field()  # of the durable schedule; 0: first phase
    # While its endpoint is paused: the endpoint's origin, and `due_at` is infinity.
    parked_for: str | None = text_field(default=None, nullable=True)


class CallbackBatch(SQLModel, table=True):
    """Callbacks of one account that the process which owes them makes at once: no rows of theirs.

    One whose attempt is on record is done; deleted with the last. What its process does not make
    gets rows of `webhooks`.
    """

    __tablename__ = "callback_batches"

    id: str = sid_field(primary_key=True)  # the process's SID and a number
    account_sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    claimed_by: str = sid_field()
    due_at: datetime = moment_field()  # the claim's end
    message_sids: list[str] = Field(sa_type=ARRAY(Text(collation="C")))
    ordinals: list[int] = Field(sa_type=ARRAY(SmallInteger))
    done_dates: list[str | None] = Field(sa_type=ARRAY(Text))


class WebhookEndpoint(SQLModel, table=True):
    """A customer's server that fails. One success, and its row is gone."""

    __tablename__ = "webhook_endpoints"

    account_sid: str = sid_field(primary_key=True)
    origin: str = text_field(primary_key=True)  # https://example.org:443
    carrier_sid: str = sid_field()
    failures: int = number_field(0)  # in a row
    probes: int = number_field(0)  # since it is paused
    failing_since: datetime = moment_field(default_now=True, nullable=False)
    paused_at: datetime | None = moment_field(default=None, nullable=True)
    probe_at: datetime | None = moment_field(default=None, nullable=True)  # while paused


class WebhookAttempt(SQLModel, table=True):
    """One request that was made, and its outcome."""

    __tablename__ = "webhook_attempts"

    message_sid: str = sid_field(primary_key=True)
    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    event: str = text_field()
    url: str = text_field()
    at: datetime = moment_field(default_now=True, nullable=False)
    duration_ms: int = Field(sa_type=Integer)
    http_status: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)
    error_code: int | None = Field(default=None, sa_type=Integer, nullable=True)
    error: str | None = text_field(default=None, nullable=True)
    method: str | None = text_field(default=None, nullable=True)
    # To a received message, sealed as it is: the beginning of the document
    answer: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)


class EsmeDelivery(SQLModel, table=True):
    """A deliver_sm owed to a customer's ESME: kept until it answers, seven days at most."""

    __tablename__ = "esme_deliveries"
    __table_args__ = (
        CheckConstraint("kind IN ('receipt', 'message')", name="kind_known"),
        Index("ix_esme_deliveries_due", "smpp_credential_sid", "due_at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    smpp_credential_sid: str = sid_field()
    message_sid: str = sid_field()
    kind: str = text_field()
    status: str = text_field()  # the message's, when this became due
    error_code: int | None = Field(default=None, sa_type=Integer, nullable=True)
    # Of an intermediate notification: the message_state that its remote reported on the way
    state: int | None = Field(default=None, sa_type=SmallInteger, nullable=True)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    due_at: datetime = moment_field(default_now=True, nullable=False)
    claimed_by: str | None = sid_field(default=None, nullable=True)
