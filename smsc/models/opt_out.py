"""Who wants no messages from whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from smsc.models.columns import moment_field, octets_field, sid_field, text_field


class OptOut(SQLModel, table=True):
    """A handset that takes no messages of a sender, or of all senders of a messaging service."""

    __tablename__ = "opt_outs"
    __table_args__ = (
        UniqueConstraint("account_sid", "scope", "handset"),  # the accept looks here
        Index("ix_opt_outs_account", "account_sid", "sid"),  # a list
        CheckConstraint("source IN ('keyword', 'api', 'import')", name="source_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    account_sid: str = sid_field(foreign_key="accounts.sid")
    scope: str = octets_field()  # "+15075550123", "1294", or a service's MG…
    handset: str = octets_field()
    source: str = text_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
