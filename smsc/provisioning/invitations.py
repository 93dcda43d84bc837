"""Invitations: made, sent again, withdrawn, accepted once before they expire."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.audit import acting
from smsc.errors import Conflict
from smsc.models import Account, Carrier, Invitation, Membership, Role, User
from smsc.provisioning import accounts
from smsc.provisioning.fields import Input
from smsc.provisioning.listing import found
from smsc.provisioning.people import require_manager
from smsc.provisioning.reach import Reach
from smsc.provisioning.users import Email
from smsc.vault import digest_key

LASTS: Final = timedelta(days=7)
_TOKEN_OCTETS: Final = 32


class InvitationDraft(Input):
    """Whom to invite, and into what; None: into the carrier itself."""

    email: Email
    role: Role = Role.MEMBER
    account_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """An invitation with its token, which its mail alone has, and what the mail says of it."""

    invitation: Invitation
    token: str
    place: str  # what the account, or the carrier, is called
    language: str | None  # of the person, if they are known here already


async def invite(db: AsyncSession, reach: Reach, draft: InvitationDraft) -> Issued:
    """Invite somebody.

    Raises:
        NotFound, AccessDenied: as `require_manager`; or there is no such account.
        Conflict: they belong to it already, or are invited.
    """
    require_manager(reach, draft.account_sid, draft.role.value)
    if draft.account_sid is not None:
        await accounts.require_open(db, reach.carrier_sid, draft.account_sid)
    known = await _known(db, reach.carrier_sid, draft.email)
    if known is not None and await _belongs(db, known, draft.account_sid):
        raise Conflict("The person is a member there already.")
    await db.exec(delete(Invitation).where(col(Invitation.expires_at) <= func.now()))
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    invitation = Invitation(
        sid=sids.make(sids.Prefix.INVITATION),
        carrier_sid=reach.carrier_sid,
        account_sid=draft.account_sid,
        email=draft.email,
        role=draft.role.value,
        digest=digest_key(token),
        invited_by=acting().name,
        expires_at=datetime.now(UTC) + LASTS,
    )
    db.add(invitation)
    await db.flush()
    return await _issued(db, invitation, token)


async def page(
    db: AsyncSession, carrier_sid: str, account_sids: Sequence[str] | None = None
) -> Sequence[Invitation]:
    """Return the invitations of a carrier, or into some of its accounts, oldest first."""
    statement = select(Invitation).where(
        col(Invitation.carrier_sid) == carrier_sid, col(Invitation.expires_at) > func.now()
    )
    if account_sids is not None:
        statement = statement.where(col(Invitation.account_sid).in_(account_sids))
    return (await db.exec(statement.order_by(col(Invitation.sid)))).all()


async def renew(db: AsyncSession, reach: Reach, sid: str) -> Issued:
    """Give an invitation another token and another week; the old mail's link ends.

    Raises:
        NotFound, AccessDenied: as `require_manager`, or there is no such invitation.
    """
    await _managed(db, reach, sid)
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    statement = (
        update(Invitation)
        .where(col(Invitation.sid) == sid)
        .values(digest=digest_key(token), expires_at=datetime.now(UTC) + LASTS)
        .returning(Invitation)
        .execution_options(populate_existing=True)
    )
    renewed: Invitation = found((await db.exec(statement)).scalars().first(), sid)
    return await _issued(db, renewed, token)


async def withdraw(db: AsyncSession, reach: Reach, sid: str) -> None:
    """Take an invitation back.

    Raises:
        NotFound, AccessDenied: as `renew`.
    """
    await _managed(db, reach, sid)
    await db.exec(delete(Invitation).where(col(Invitation.sid) == sid))


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody who holds a token may accept."""

    invitation: Invitation
    place: str
    carrier_name: str
    is_known: bool  # they have a password here already


async def offer_of(db: AsyncSession, token: str) -> Offer:
    """Return what a token offers.

    Raises:
        NotFound: nothing, or nothing any more.
    """
    statement = (
        select(Invitation, Carrier.name, Account.friendly_name)
        .join(Carrier, col(Carrier.sid) == col(Invitation.carrier_sid))
        .outerjoin(Account, col(Account.sid) == col(Invitation.account_sid))
        .where(col(Invitation.digest) == digest_key(token), col(Invitation.expires_at) > func.now())
    )
    invitation, carrier_name, account_name = found((await db.exec(statement)).first(), "invitation")
    known = await _known(db, invitation.carrier_sid, invitation.email)
    return Offer(invitation, account_name or carrier_name, carrier_name, known is not None)


async def accept(
    db: AsyncSession, token: str, *, name: str = "", password_hash: str | None = None
) -> User:
    """Make somebody a member, and a person of the carrier if they were none; once.

    Raises:
        NotFound: the token offers nothing, or nothing any more.
        Conflict: a person who is new needs a password.
    """
    statement = (
        delete(Invitation)
        .where(col(Invitation.digest) == digest_key(token), col(Invitation.expires_at) > func.now())
        .returning(Invitation)
    )
    invitation: Invitation = found((await db.exec(statement)).scalars().first(), "invitation")
    user = await _known(db, invitation.carrier_sid, invitation.email)
    if user is None:
        if password_hash is None:
            raise Conflict("Choose a password.")
        user = User(
            sid=sids.make(sids.Prefix.USER),
            carrier_sid=invitation.carrier_sid,
            email=invitation.email,
            name=name,
            password_hash=password_hash,
        )
        db.add(user)
        await db.flush()
    db.add(
        Membership(
            sid=sids.make(sids.Prefix.MEMBERSHIP),
            carrier_sid=invitation.carrier_sid,
            user_sid=user.sid,
            account_sid=invitation.account_sid,
            role=invitation.role,
        )
    )
    await db.flush()
    return user


async def _managed(db: AsyncSession, reach: Reach, sid: str) -> Invitation:
    statement = select(Invitation).where(
        col(Invitation.sid) == sid, col(Invitation.carrier_sid) == reach.carrier_sid
    )
    invitation = found((await db.exec(statement)).first(), sid)
    require_manager(reach, invitation.account_sid, invitation.role)
    return invitation


async def _issued(db: AsyncSession, invitation: Invitation, token: str) -> Issued:
    if invitation.account_sid is None:
        place = await db.get(Carrier, invitation.carrier_sid)
        name = "" if place is None else place.name
    else:
        account = await accounts.get(db, invitation.carrier_sid, invitation.account_sid)
        name = account.friendly_name
    known = await _known(db, invitation.carrier_sid, invitation.email)
    return Issued(invitation, token, name, None if known is None else known.locale)


async def _known(db: AsyncSession, carrier_sid: str, email: str) -> User | None:
    statement = select(User).where(col(User.carrier_sid) == carrier_sid, col(User.email) == email)
    return (await db.exec(statement)).first()


async def _belongs(db: AsyncSession, user: User, account_sid: str | None) -> bool:
    statement = select(Membership.sid).where(
        col(Membership.user_sid) == user.sid,
        col(Membership.account_sid).is_not_distinct_from(account_sid),
    )
    return (await db.exec(statement)).first() is not None
