"""What customers' programs asked of the API lately, and what it answered."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, SmallInteger
from sqlmodel import Field, SQLModel

from smsc.models.columns import moment_field, sid_field, text_field


class ApiRequest(SQLModel, table=True):
    """A request of an account, and its answer. A sample where there are many; kept for days."""

    __tablename__ = "api_requests"
    __table_args__ = (Index("ix_api_requests_account", "account_sid", "seq"),)  # a list

    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    carrier_sid: str = sid_field()
    account_sid: str = sid_field()
    request_id: str = sid_field()  # RQ…, as the answer's header has it
    key_sid: str | None = sid_field(default=None, nullable=True)  # None: no API key
    method: str = text_field()
    path: str = text_field()
    at: datetime = moment_field(index=True)  # what is old
    duration_ms: int = Field(sa_type=Integer)
    http_status: int = Field(sa_type=SmallInteger)
    error_code: int | None = Field(default=None, sa_type=Integer, nullable=True)
    # Parameters and answer as JSON, without secrets and texts, sealed by the account's key
    details: bytes = Field(sa_type=LargeBinary)
    key_id: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
