"""What went wrong with customers' servers and documents, as the debugger shows it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class Alert(SQLModel, table=True):
    """One failure or warning, about one request of ours. Kept for thirty days."""

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("log_level IN ('error', 'warning')", name="log_level_known"),
        Index("ix_alerts_account", "account_sid", "sid"),  # a list
    )

    sid: str = sid_field(primary_key=True)  # its time is that of the alert: what is old is a range
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    resource_sid: str = sid_field(index=True)  # the message that the request was about
    error_code: int = Field(sa_type=Integer)
    log_level: str = text_field()
    alert_text: str = text_field()
    request_method: str = text_field()
    request_url: str = text_field()
    request_variables: str = text_field()  # as a form; empty where it is sealed
    response_headers: str | None = text_field(default=None, nullable=True)
    response_body: str | None = text_field(default=None, nullable=True)  # none where it is sealed
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)  # both, as JSON
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)  # that sealed them
    created_at: datetime = moment_field(default_now=True, nullable=False)
