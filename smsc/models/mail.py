"""Mails to people: written with the change that they tell of, sent by the clock."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from smsc.models.columns import moment_field, number_field, sid_field, text_field, word_field


class MailState(StrEnum):
    """Where a mail is."""

    WAITING = "waiting"
    SENT = "sent"  # the mail server has it
    FAILED = "failed"  # no server took it for as long as we try


class Mail(SQLModel, table=True):
    """One mail to one person. Its text is gone once it is sent: it may have a link in it."""

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state_known"),
        Index("ix_mails_carrier", "carrier_sid", "sid"),  # a list
        Index("ix_mails_due", "due_at", postgresql_where=text("state = 'waiting'")),  # the claim
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str | None = sid_field(default=None, nullable=True)
    recipient: str = text_field()
    subject: str = text_field()
    body_sealed: str | None = text_field(default=None, nullable=True)  # JSON: text, html
    state: str = word_field(MailState.WAITING.value)
    tries: int = number_field(0)
    error: str = word_field("")  # what the server said last
    due_at: datetime = moment_field(default_now=True, nullable=False)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    sent_at: datetime | None = moment_field(default=None, nullable=True)
