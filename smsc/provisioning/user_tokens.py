"""Tokens that let a person do a single thing once: another password, the rest of a sign-in."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import audit
from smsc.audit import Deed
from smsc.models import TokenPurpose, User, UserToken
from smsc.provisioning.listing import found
from smsc.vault import digest_key

LASTS: Final = {
    TokenPurpose.PASSWORD: timedelta(hours=1),
    TokenPurpose.SECOND_FACTOR: timedelta(minutes=10),
}
MOST_TRIES: Final = 5  # of a code, with one password
_TOKEN_OCTETS: Final = 32


async def issue(db: AsyncSession, user: User, purpose: TokenPurpose) -> str:
    """Make a token. Those that have expired go."""
    await db.exec(delete(UserToken).where(col(UserToken.expires_at) <= func.now()))
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    db.add(
        UserToken(
            digest=digest_key(token),
            carrier_sid=user.carrier_sid,
            user_sid=user.sid,
            purpose=purpose.value,
            expires_at=datetime.now(UTC) + LASTS[purpose],
        )
    )
    await db.flush()
    if purpose is TokenPurpose.PASSWORD:
        await audit.note(db, Deed("sent", "password link", user.sid, carrier_sid=user.carrier_sid))
    return token


async def was_issued_lately(
    db: AsyncSession, user: User, purpose: TokenPurpose, within: timedelta
) -> bool:
    """Say whether a person got such a token just now: then another would be a nuisance."""
    statement = select(UserToken.digest).where(
        col(UserToken.user_sid) == user.sid,
        col(UserToken.purpose) == purpose.value,
        col(UserToken.created_at) > func.now() - within,
    )
    return (await db.exec(statement)).first() is not None


async def holder_of(db: AsyncSession, token: str, purpose: TokenPurpose) -> User:
    """Return whose token this is.

    Raises:
        NotFound: nobody's, or nobody's any more.
    """
    statement = (
        select(User)
        .join(UserToken, col(UserToken.user_sid) == col(User.sid))
        .where(
            col(UserToken.digest) == digest_key(token),
            col(UserToken.purpose) == purpose.value,
            col(UserToken.expires_at) > func.now(),
            col(UserToken.tries) < MOST_TRIES,
        )
    )
    return found((await db.exec(statement)).first(), "link")


async def count_try(db: AsyncSession, token: str) -> None:
    """Count a wrong code; after so many the token is worth nothing."""
    await db.exec(
        update(UserToken)
        .where(col(UserToken.digest) == digest_key(token))
        .values(tries=col(UserToken.tries) + 1)
    )


async def spend(db: AsyncSession, token: str) -> None:
    """Use a token up.

    Raises:
        NotFound: somebody else was faster.
    """
    statement = (
        delete(UserToken)
        .where(col(UserToken.digest) == digest_key(token))
        .returning(col(UserToken.digest))
    )
    found((await db.exec(statement)).first(), "link")
