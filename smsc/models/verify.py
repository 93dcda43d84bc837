"""Verify: services, and the verifications of phone numbers that they make."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, text
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    json_list_field,
    json_object_field,
    moment_field,
    sid_field,
    text_field,
    words_field,
)


class VerifyService(SQLModel, table=True):
    """How an account's codes look and what is said with them."""

    __tablename__ = "verify_services"
    __table_args__ = (CheckConstraint("code_length BETWEEN 4 AND 10", name="code_length_known"),)

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", index=True)
    friendly_name: str = text_field()
    code_length: int = Field(default=6, sa_type=SmallInteger)
    skip_sms_to_landlines: bool = flag_field()
    do_not_share_warning_enabled: bool = flag_field()
    custom_code_enabled: bool = flag_field()
    unused: dict[str, object] = json_object_field()  # of calls and the like: kept, shown, not used
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Verification(SQLModel, table=True):
    """One phone number to be verified. Its code is not here: it is derived from its SID."""

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'approved', 'canceled', 'expired')", name="status_known"
        ),
        Index(
            "uq_verifications_pending",
            *("service_sid", "to_"),
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),  # one at a time
        Index("ix_verifications_service", "service_sid", "created_at"),  # what is past its term
        Index("ix_verifications_account", "account_sid", "sid"),  # the pumping guard's look
        Index(
            "ix_verifications_unredacted",
            "expires_at",
            postgresql_where=text("redacted_at IS NULL"),
        ),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    service_sid: str = sid_field(foreign_key="verify_services.sid", ondelete="CASCADE")
    to_: str = text_field()
    status: str = text_field(default="pending")
    # The customer's own code, encrypted, until the verification ends; None: derived
    custom_code_sealed: str | None = text_field(default=None, nullable=True)
    amount: str | None = text_field(default=None, nullable=True)
    payee: str | None = text_field(default=None, nullable=True)
    sends: list[object] = json_list_field()  # {"time", "channel", "attempt_sid"}
    checks: int = Field(default=0, sa_type=Integer, sa_column_kwargs={"server_default": "0"})
    message_sids: list[str] = words_field()  # that have the code in their text
    redacted_at: datetime | None = moment_field(default=None, nullable=True)
    expires_at: datetime = moment_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
