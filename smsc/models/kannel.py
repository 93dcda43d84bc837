"""Accounts' logins at the door for programs that were written for Kannel."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field, word_field, words_field


class KannelUser(SQLModel, table=True):
    """A user of `/cgi-bin/sendsms`. The password is made by us and shown once."""

    __tablename__ = "kannel_users"
    __table_args__ = (
        CheckConstraint("inbound_method IN ('GET', 'POST')", name="inbound_method_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str = sid_field(foreign_key="accounts.sid", unique=True)  # one an account
    username: str = text_field(unique=True)
    digest: bytes = Field(sa_type=LargeBinary)  # of the password: Argon2id; of an old one SHA-256
    default_sender: str | None = text_field(default=None, nullable=True)
    # Kannel's get-url or post-url, for numbers without a webhook of their own
    inbound_url: str | None = text_field(default=None, nullable=True)
    inbound_method: str = word_field("GET")
    allowed_networks: list[str] = words_field()  # CIDR; none: from anywhere
    last_used_at: datetime | None = moment_field(default=None, nullable=True)  # to the minute
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)
