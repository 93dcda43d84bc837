"""Who wants no messages from whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from smsc.models.columns import moment_field, octets_field, sid_field, text_field


class OptOut(SQLModel, table=True):
    """A handset that takes no messages of a sender, or of all senders of a messaging service."""

    __tablename__ = "opt_outs"
    __table_args__ = (
        CheckConstraint("source IN ('keyword', 'api', 'import')", name="source_known"),
    )

    account_sid: str = sid_field(primary_key=True, foreign_key="accounts.sid")
    scope: str = octets_field(primary_key=True)  # "+15075550123", "1294", or a service's MG…
    handset: str = octets_field(primary_key=True)
    carrier_sid: str = sid_field()
    source: str = text_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
