"""The carrier's inventory of senders, and the applications that answer for several of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from smsc.models.columns import (
    json_object_field,
    moment_field,
    sid_field,
    text_field,
    word_field,
)


class NumberType(StrEnum):
    """Twilio's types of numbers, with one of ours for what is no number."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "tollfree"
    SHORT_CODE = "shortcode"
    ALPHANUMERIC = "alphanumeric"


_TYPES = ", ".join(f"'{kind}'" for kind in NumberType)


class PhoneNumber(SQLModel, table=True):
    """A sender. Without an account it is for sale."""

    __tablename__ = "phone_numbers"
    __table_args__ = (
        UniqueConstraint("carrier_sid", "phone_number"),
        CheckConstraint("kind IN ('e164', 'short_code', 'alphanumeric')", name="kind_known"),
        CheckConstraint(f"number_type IN ({_TYPES})", name="number_type_known"),
        CheckConstraint("sms_method IN ('GET', 'POST')", name="sms_method_known"),
        CheckConstraint("sms_fallback_method IN ('GET', 'POST')", name="fallback_method_known"),
        Index(
            "ix_phone_numbers_for_sale",
            *("carrier_sid", "iso_country", "number_type", "phone_number"),
            postgresql_where="account_sid IS NULL",
        ),
    )

    sid: str = sid_field(primary_key=True)  # PN…; a short code's SC…
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", index=True, nullable=True
    )
    phone_number: str = text_field()  # "+85512345678", "1294" or "CLINIC"
    kind: str = text_field(default="e164")
    number_type: str = word_field(NumberType.LOCAL.value)
    iso_country: str | None = text_field(default=None, nullable=True)  # "KH"
    place: dict[str, object] = json_object_field()  # region, locality, postal_code, latitude, …
    friendly_name: str = text_field(default="")
    sms_url: str | None = text_field(default=None, nullable=True)
    sms_method: str = text_field(default="POST")
    sms_fallback_url: str | None = text_field(default=None, nullable=True)
    sms_fallback_method: str = text_field(default="POST")
    # Set: its URLs are used in place of those above
    sms_application_sid: str | None = sid_field(
        default=None,
        foreign_key="applications.sid",
        ondelete="SET NULL",
        index=True,
        nullable=True,
    )
    messaging_service_sid: str | None = sid_field(
        default=None,
        foreign_key="messaging_services.sid",
        ondelete="SET NULL",
        index=True,
        nullable=True,
    )
    joined_service_at: datetime | None = moment_field(default=None, nullable=True)
    status_callback: str | None = text_field(default=None, nullable=True)
    status_callback_method: str = word_field("POST")
    unused: dict[str, object] = json_object_field()  # voice and the like: kept, shown, never used
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class SenderIdCountry(SQLModel, table=True):
    """A carrier's own rule for alphanumeric sender IDs in a country."""

    __tablename__ = "sender_id_countries"
    __table_args__ = (
        CheckConstraint("rule IN ('shown', 'replaced', 'refused')", name="rule_known"),
    )

    carrier_sid: str = sid_field(primary_key=True, foreign_key="carriers.sid")
    iso_country: str = text_field(primary_key=True)
    rule: str = text_field()
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Application(SQLModel, table=True):
    """URLs under one name, which numbers and messages refer to."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("sms_method IN ('GET', 'POST')", name="sms_method_known"),
        CheckConstraint("sms_fallback_method IN ('GET', 'POST')", name="fallback_method_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", index=True)
    friendly_name: str = text_field(default="")
    sms_url: str | None = text_field(default=None, nullable=True)
    sms_method: str = word_field("POST")
    sms_fallback_url: str | None = text_field(default=None, nullable=True)
    sms_fallback_method: str = word_field("POST")
    sms_status_callback: str | None = text_field(default=None, nullable=True)
    message_status_callback: str | None = text_field(default=None, nullable=True)
    unused: dict[str, object] = json_object_field()  # voice and the like: kept, shown, never used
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
