"""The OpenID Connect provider by which a carrier's people may sign in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    moment_field,
    set_flag_field,
    sid_field,
    text_field,
    word_field,
    words_field,
)


class Bound(StrEnum):
    """Who may sign in by the provider alone."""

    NOBODY = "nobody"
    STAFF = "staff"  # who belongs to the carrier itself
    EVERYBODY = "everybody"  # its accounts' people, too


class IdentityProvider(SQLModel, table=True):
    """A carrier's provider; one at most."""

    __tablename__ = "identity_providers"
    __table_args__ = (
        CheckConstraint("bound IN ('nobody', 'staff', 'everybody')", name="bound_known"),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid", unique=True)
    name: str = text_field()  # what people call it
    issuer: str = text_field()
    client_id: str = text_field()
    client_secret_sealed: str | None = text_field(default=None, nullable=True)
    scopes: list[str] = words_field()
    allowed_domains: list[str] = words_field()  # of addresses whose holders need no invitation
    bound: str = word_field(Bound.NOBODY.value)
    asks_factor: bool = flag_field()  # it lets nobody in without a second factor
    enabled: bool = set_flag_field()
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class SpentState(SQLModel, table=True):
    """A sign-in by a provider that came back: it doesn't twice. We keep its state's SHA-256."""

    __tablename__ = "spent_states"

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    carrier_sid: str = sid_field()
    expires_at: datetime = moment_field()
