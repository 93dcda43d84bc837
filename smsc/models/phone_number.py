"""The carrier's inventory of senders: phone numbers, short codes, alphanumeric sender IDs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class PhoneNumber(SQLModel, table=True):
    """A sender. Without an account it is for sale."""

    __tablename__ = "phone_numbers"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "phone_number"),
        CheckConstraint("kind IN ('e164', 'short_code', 'alphanumeric')", name="kind_known"),
        CheckConstraint("sms_method IN ('GET', 'POST')", name="sms_method_known"),
        CheckConstraint("sms_fallback_method IN ('GET', 'POST')", name="fallback_method_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", index=True, nullable=True
    )
    phone_number: str = text_field()  # "+85512345678", "1294" or "CLINIC"
    kind: str = text_field(default="e164")
    friendly_name: str = text_field(default="")
    sms_url: str | None = text_field(default=None, nullable=True)
    sms_method: str = text_field(default="POST")
    sms_fallback_url: str | None = text_field(default=None, nullable=True)
    sms_fallback_method: str = text_field(default="POST")
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
