"""People who sign in to the dashboard, what they belong to, and where they are signed in."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from smsc.models.columns import (
    flag_field,
    moment_field,
    number_field,
    sid_field,
    text_field,
    word_field,
)


class Role(StrEnum):
    """What a person may do where they are a member."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    MEMBER = "member"  # reads


class MembershipState(StrEnum):
    """Whether a membership counts. A role alone never lets anybody in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class User(SQLModel, table=True):
    """A person of a carrier. The email address is kept in lower case."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("carrier_sid", "email"),)

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    email: str = text_field(index=True)
    name: str = text_field()
    password_hash: str = text_field()  # Argon2id
    runs_platform: bool = flag_field()  # sees all carriers' health, beside what they belong to
    locale: str | None = text_field(default=None, nullable=True)  # None: English
    time_zone: str | None = text_field(default=None, nullable=True)  # None: UTC
    # The second factor's secret; it counts from `totp_at` on. No code of a step is right twice
    totp_sealed: str | None = text_field(default=None, nullable=True)
    totp_at: datetime | None = moment_field(default=None, nullable=True)
    totp_step: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = moment_field(default_now=True, nullable=False)
    updated_at: datetime = moment_field(default_now=True, nullable=False)


class Membership(SQLModel, table=True):
    """What a person belongs to: an account, or the carrier with all of its accounts."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'admin', 'developer', 'member')", name="role_known"),
        CheckConstraint("state IN ('active', 'disabled')", name="state_known"),
        UniqueConstraint("user_sid", "account_sid", postgresql_nulls_not_distinct=True),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    user_sid: str = sid_field(foreign_key="users.sid", ondelete="CASCADE")
    account_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", nullable=True
    )  # None: of the carrier
    role: str = text_field()
    state: str = word_field(MembershipState.ACTIVE.value)
    created_at: datetime = moment_field(default_now=True, nullable=False)


class SignInProof(StrEnum):
    """By what a session was begun."""

    PASSWORD = "password"  # noqa: S105 a kind; alone
    CODE = "code"  # of an app, or a recovery code, after a password or a provider
    PASSKEY = "passkey"  # whose device has asked for a finger or a PIN
    PROVIDER = "provider"  # the carrier's, of which nobody knows what it asks for
    PROVIDER_AND_FACTOR = "provider and factor"  # which has asked for a second factor


STRONG_PROOFS: Final = frozenset(
    {SignInProof.CODE, SignInProof.PASSKEY, SignInProof.PROVIDER_AND_FACTOR}
)  # two factors


class UserSession(SQLModel, table=True):
    """A browser in which a person is signed in. The token is its cookie; we keep its SHA-256."""

    __tablename__ = "user_sessions"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    user_sid: str = sid_field(foreign_key="users.sid", ondelete="CASCADE", index=True)
    digest: bytes = Field(sa_type=LargeBinary, unique=True)
    ip: str = text_field()
    user_agent: str = text_field()
    proof: str = word_field(SignInProof.PASSWORD.value)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    seen_at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field(index=True)


class Invitation(SQLModel, table=True):
    """What somebody may become a member of, by the token of their mail; we keep its SHA-256."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'admin', 'developer', 'member')", name="role_known"),
        UniqueConstraint("carrier_sid", "email", "account_sid", postgresql_nulls_not_distinct=True),
    )

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field(foreign_key="carriers.sid")
    account_sid: str | None = sid_field(
        default=None, foreign_key="accounts.sid", nullable=True
    )  # None: of the carrier
    email: str = text_field()
    role: str = text_field()
    digest: bytes = Field(sa_type=LargeBinary, unique=True)
    invited_by: str = text_field()  # an address, or a key's name
    created_at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field()


class RecoveryCode(SQLModel, table=True):
    """What lets a person in once in the place of their app. We keep its SHA-256."""

    __tablename__ = "recovery_codes"

    user_sid: str = sid_field(primary_key=True, foreign_key="users.sid", ondelete="CASCADE")
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    carrier_sid: str = sid_field()


class Passkey(SQLModel, table=True):
    """A key that a person's device keeps, by which they sign in; we have its public half."""

    __tablename__ = "passkeys"

    sid: str = sid_field(primary_key=True)
    carrier_sid: str = sid_field()
    user_sid: str = sid_field(foreign_key="users.sid", ondelete="CASCADE", index=True)
    name: str = text_field()
    credential_id: bytes = Field(sa_type=LargeBinary, unique=True)
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_count: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = moment_field(default_now=True, nullable=False)
    last_used_at: datetime | None = moment_field(default=None, nullable=True)


class TokenPurpose(StrEnum):
    """The one thing that a token lets a person do."""

    PASSWORD = "password"  # noqa: S105 choose another, by the link of a mail
    SECOND_FACTOR = "second factor"  # finish a sign-in whose password was right


class UserToken(SQLModel, table=True):
    """What lets a person do a single thing once. We keep its SHA-256."""

    __tablename__ = "user_tokens"
    __table_args__ = (
        CheckConstraint("purpose IN ('password', 'second factor')", name="purpose_known"),
    )

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    carrier_sid: str = sid_field()
    user_sid: str = sid_field(foreign_key="users.sid", ondelete="CASCADE", index=True)
    purpose: str = text_field()
    tries: int = number_field(0)
    created_at: datetime = moment_field(default_now=True, nullable=False)
    expires_at: datetime = moment_field()
