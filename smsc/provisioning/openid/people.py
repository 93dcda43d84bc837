"""Whom a provider's word lets in: members, who is invited, and who has an address of a domain."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import IdentityProvider, Invitation, Membership, Role, User
from smsc.provisioning.openid.tokens import Claims
from smsc.provisioning.users import Email, reach_of

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody who isn't known yet is made with."""

    name: str
    password_hash: str  # of a password that nobody knows


def address_in(claims: Claims) -> str | None:
    """Return the address that a provider vouches for; None: it vouches for none."""
    if claims.email is None or not claims.is_verified:
        return None
    try:
        return _EMAIL.validate_python(claims.email)
    except ValidationError:
        return None


async def admit(
    db: AsyncSession, provider: IdentityProvider, email: str, newcomer: Newcomer
) -> User | None:
    """Return whom an address that the provider vouches for lets in; None: nobody.

    What they are invited to they join. Who belongs to nothing here and isn't invited becomes a
    member of the carrier, who reads, if the address is of a domain that needs no invitation; never
    who was suspended.
    """
    invitations = (
        (
            await db.exec(
                delete(Invitation)
                .where(
                    col(Invitation.carrier_sid) == provider.carrier_sid,
                    col(Invitation.email) == email,
                    col(Invitation.expires_at) > func.now(),
                )
                .returning(Invitation)
            )
        )
        .scalars()
        .all()
    )
    places = [(one.account_sid, one.role) for one in invitations]
    user = await _person(db, provider.carrier_sid, email)
    if not places and user is None and email.rpartition("@")[2] in provider.allowed_domains:
        places = [(None, Role.MEMBER.value)]
    if user is None and places:
        user = User(
            sid=sids.make(sids.Prefix.USER),
            carrier_sid=provider.carrier_sid,
            email=email,
            name=newcomer.name,
            password_hash=newcomer.password_hash,
        )
        db.add(user)
        await db.flush()
    if user is None:
        return None
    db.add_all(
        Membership(
            sid=sids.make(sids.Prefix.MEMBERSHIP),
            carrier_sid=provider.carrier_sid,
            user_sid=user.sid,
            account_sid=account_sid,
            role=role,
        )
        for account_sid, role in places
    )
    await db.flush()
    return None if (await reach_of(db, user)).is_empty else user


async def _person(db: AsyncSession, carrier_sid: str, email: str) -> User | None:
    statement = select(User).where(col(User.carrier_sid) == carrier_sid, col(User.email) == email)
    return (await db.exec(statement)).first()
