"""The audit log: one row a change, never changed itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class AuditEntry(SQLModel, table=True):
    """Who changed what, from what to what, from where. Secrets are `…` in both."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(
            "actor_kind IN ('person', 'carrier_key', 'account', 'command', 'system')",
            name="actor_kind_known",
        ),
        Index("ix_audit_entries_carrier", "carrier_sid", "id"),  # a list
        Index("ix_audit_entries_account", "account_sid", "id"),  # a list
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str | None = sid_field(default=None, nullable=True)  # None: of the carrier
    at: datetime = moment_field(default_now=True, nullable=False)
    actor_kind: str = text_field()
    actor_sid: str | None = sid_field(default=None, nullable=True)
    actor_name: str = text_field()
    origin: str = text_field()  # an IP address; "": the machine itself
    action: str = text_field()  # "created", "changed", "removed", or what else was done
    subject_kind: str = text_field()  # "account"
    subject_sid: str | None = sid_field(default=None, nullable=True)
    subject_name: str = text_field()
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)  # None: new
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)  # None: gone
