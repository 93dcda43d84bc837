"""People of a carrier: made, found, shut out; their passwords and their sessions."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import audit, sids
from smsc.audit import Deed
from smsc.errors import BadParameter, NotFound
from smsc.models import (
    STRONG_PROOFS,
    Account,
    Carrier,
    IdentityProvider,
    Membership,
    MembershipState,
    Role,
    SignInProof,
    User,
    UserSession,
    UserToken,
)
from smsc.provisioning import accounts, identity_providers
from smsc.provisioning.branding import Brand
from smsc.provisioning.fields import Input, Label
from smsc.provisioning.reach import Reach
from smsc.vault import digest_key

SESSION_LASTS: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=1)  # a session is not written at each request
SHORTEST_PASSWORD: Final = 12  # characters
LONGEST_PASSWORD: Final = 1024
MOST_NAME_CHARACTERS: Final = 64
_TOKEN_OCTETS: Final = 32
_PASSWORD_OCTETS: Final = 15
_MOST_AGENT_CHARACTERS: Final = 300


def _email(value: str) -> str:
    local, at, domain = value.lower().rpartition("@")
    if not at or not local or "." not in domain or not value.isprintable() or " " in value:
        raise ValueError("is no email address like person@example.org")
    return value.lower()


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]


def require_long(password: str) -> None:
    """Make sure that a password is worth its name; any characters, as many as they like.

    Source: NIST SP 800-63B §5.1.1.2.

    Raises:
        BadParameter: it is too short, or absurdly long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadParameter(
            f"A password has at least {SHORTEST_PASSWORD} characters, and at most "
            f"{LONGEST_PASSWORD}."
        )


def make_password() -> str:
    """Make a password of 120 random bits that can be typed."""
    return secrets.token_urlsafe(_PASSWORD_OCTETS)


class UserDraft(Input):
    """A person to be made, and what they belong to first."""

    email: Email
    name: Label = ""
    role: Role = Role.MEMBER
    account_sid: str | None = None  # None: the carrier itself


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in, as far as their active memberships reach."""

    user: User
    brand: Brand
    reach: Reach
    accounts: Mapping[str, str] = field(default_factory=dict)  # names of several that are theirs
    must_enroll: bool = False  # their carrier wants a second factor, and they showed none


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the session by which they are known."""

    person: Person
    session: UserSession

    @property
    def is_due(self) -> bool:
        """Whether it is time to write down that the session is in use."""
        return datetime.now(UTC) - self.session.seen_at > SEEN_EVERY


async def create(
    db: AsyncSession, carrier_sid: str, draft: UserDraft, *, password_hash: str
) -> User:
    """Make a person with one active membership.

    Raises:
        NotFound: there is no such carrier, or it has no such account.
    """
    if await db.get(Carrier, carrier_sid) is None:
        raise NotFound(f"carrier {carrier_sid}")
    if draft.account_sid is not None:
        await accounts.require_open(db, carrier_sid, draft.account_sid)
    user = User(
        sid=sids.make(sids.Prefix.USER),
        carrier_sid=carrier_sid,
        email=draft.email,
        name=draft.name,
        password_hash=password_hash,
    )
    db.add(user)
    await db.flush()
    db.add(
        Membership(
            sid=sids.make(sids.Prefix.MEMBERSHIP),
            carrier_sid=carrier_sid,
            user_sid=user.sid,
            account_sid=draft.account_sid,
            role=draft.role.value,
        )
    )
    await db.flush()
    return user


async def everyone(
    db: AsyncSession, carrier_sid: str | None = None
) -> list[tuple[User, Sequence[Membership]]]:
    """Return people with their memberships, of one carrier or of all."""
    statement = select(User).order_by(col(User.sid))
    if carrier_sid is not None:
        statement = statement.where(col(User.carrier_sid) == carrier_sid)
    people = (await db.exec(statement)).all()
    memberships = (await db.exec(select(Membership).order_by(col(Membership.sid)))).all()
    return [(user, [one for one in memberships if one.user_sid == user.sid]) for user in people]


async def find(db: AsyncSession, carrier_sid: str, email: str) -> User:
    """Return the carrier's person with this address.

    Raises:
        NotFound: it has none.
    """
    statement = select(User).where(
        col(User.carrier_sid) == carrier_sid, col(User.email) == email.lower()
    )
    user = (await db.exec(statement)).first()
    if user is None:
        raise NotFound(email)
    return user


async def languages_of(db: AsyncSession, carrier_sid: str, emails: Sequence[str]) -> dict[str, str]:
    """Return the languages that the carrier's people with these addresses chose, by address."""
    statement = select(User.email, User.locale).where(
        col(User.carrier_sid) == carrier_sid,
        col(User.email).in_(emails),
        col(User.locale).is_not(None),
    )
    return {email: locale for email, locale in (await db.exec(statement)).all() if locale}


async def set_platform(db: AsyncSession, user: User, *, runs_platform: bool) -> None:
    """Let a person see the whole platform's pages, or no longer."""
    await db.exec(update(User).where(col(User.sid) == user.sid).values(runs_platform=runs_platform))


async def disable(db: AsyncSession, user: User) -> None:
    """Shut a person out: their memberships count no more, their sessions end."""
    await db.exec(
        update(Membership)
        .where(col(Membership.user_sid) == user.sid)
        .values(state=MembershipState.DISABLED.value)
    )
    await end_sessions(db, user)


async def set_password(db: AsyncSession, user: User, *, password_hash: str) -> None:
    """Give a person another password; whoever is signed in by the old one is signed out."""
    await db.exec(
        update(User)
        .where(col(User.sid) == user.sid)
        .values(password_hash=password_hash, updated_at=func.now())
    )
    await end_sessions(db, user)
    await db.exec(delete(UserToken).where(col(UserToken.user_sid) == user.sid))


async def set_manners(
    db: AsyncSession, user_sid: str, *, name: str, locale: str | None, zone: str
) -> None:
    """Remember how a person is called, and the language and zone that they read in."""
    await db.exec(
        update(User)
        .where(col(User.sid) == user_sid)
        .values(name=name, locale=locale, time_zone=zone, updated_at=func.now())
    )


async def candidates(db: AsyncSession, email: str) -> Sequence[User]:
    """Return who may sign in with this address: one person a carrier."""
    statement = select(User).where(col(User.email) == email.lower()).order_by(col(User.sid))
    return (await db.exec(statement)).all()


async def reach_of(db: AsyncSession, user: User) -> Reach:
    """Add up what a person belongs to, today."""
    statement = select(Membership).where(col(Membership.user_sid) == user.sid)
    reach = Reach.of(user.carrier_sid, (await db.exec(statement)).all())
    return replace(reach, runs_platform=user.runs_platform and not reach.is_empty)


async def begin_session(
    db: AsyncSession,
    user: User,
    *,
    ip: str,
    user_agent: str,
    proof: SignInProof = SignInProof.PASSWORD,
) -> str:
    """Sign a person in; return the token that their browser keeps. Ended sessions go."""
    await db.exec(delete(UserSession).where(col(UserSession.expires_at) <= func.now()))
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    db.add(
        UserSession(
            sid=sids.make(sids.Prefix.USER_SESSION),
            carrier_sid=user.carrier_sid,
            user_sid=user.sid,
            digest=digest_key(token),
            ip=ip,
            user_agent=user_agent[:_MOST_AGENT_CHARACTERS],
            proof=proof.value,
            expires_at=datetime.now(UTC) + SESSION_LASTS,
        )
    )
    await db.flush()
    facts = {"proof": proof.value}
    await audit.note(db, Deed("signed in", "session", carrier_sid=user.carrier_sid, facts=facts))
    return token


async def signed_in(db: AsyncSession, token: str) -> SignedIn | None:
    """Return whose token this is, if its session lasts and they still belong to something."""
    statement = (
        select(UserSession, User, Carrier, IdentityProvider)
        .join(User, col(User.sid) == col(UserSession.user_sid))
        .join(Carrier, col(Carrier.sid) == col(User.carrier_sid))
        .outerjoin(IdentityProvider, col(IdentityProvider.carrier_sid) == col(Carrier.sid))
        .where(
            col(UserSession.digest) == digest_key(token), col(UserSession.expires_at) > func.now()
        )
    )
    row = (await db.exec(statement)).first()
    if row is None:
        return None
    session, user, carrier, provider = row
    reach, proof = await reach_of(db, user), SignInProof(session.proof)
    if reach.is_empty or not identity_providers.lets(provider, reach, proof):
        return None
    must_enroll = False
    if carrier.second_factor_required and proof not in STRONG_PROOFS:
        if proof is SignInProof.PROVIDER:  # their provider has to ask for one
            return None
        must_enroll = user.totp_at is None
    accounts = await _names_of(db, reach)
    return SignedIn(Person(user, Brand.of(carrier), reach, accounts, must_enroll), session)


async def _names_of(db: AsyncSession, reach: Reach) -> dict[str, str]:
    """Return what the accounts of somebody are called who belongs to several."""
    if len(reach.account_roles) < 2:
        return {}
    statement = select(Account.sid, Account.friendly_name).where(
        col(Account.sid).in_(reach.account_roles)
    )
    return dict((await db.exec(statement.order_by(col(Account.friendly_name)))).all())


async def note_seen(db: AsyncSession, session: UserSession) -> None:
    """Remember that a session is in use, to the minute."""
    await db.exec(
        update(UserSession)
        .where(
            col(UserSession.sid) == session.sid,
            col(UserSession.seen_at) < func.now() - SEEN_EVERY,
        )
        .values(seen_at=func.now())
    )


async def sessions(db: AsyncSession, user_sid: str) -> Sequence[UserSession]:
    """Return where a person is signed in, the newest first."""
    statement = (
        select(UserSession)
        .where(col(UserSession.user_sid) == user_sid, col(UserSession.expires_at) > func.now())
        .order_by(col(UserSession.sid).desc())
    )
    return (await db.exec(statement)).all()


async def end_session(db: AsyncSession, user: User, sid: str) -> None:
    """Sign a person out somewhere.

    Raises:
        NotFound: they have no such session.
    """
    statement = (
        delete(UserSession)
        .where(col(UserSession.sid) == sid, col(UserSession.user_sid) == user.sid)
        .returning(col(UserSession.sid))
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)
    await audit.note(db, Deed("ended", "session", sid, carrier_sid=user.carrier_sid))


async def end_sessions(db: AsyncSession, user: User, *, but: str | None = None) -> int:
    """Sign a person out everywhere, or everywhere else; return of how many places."""
    statement = delete(UserSession).where(col(UserSession.user_sid) == user.sid)
    if but is not None:
        statement = statement.where(col(UserSession.sid) != but)
    ended = len((await db.exec(statement.returning(col(UserSession.sid)))).all())
    if ended:
        facts = {"sessions": ended}
        await audit.note(
            db, Deed("ended", "session", None, carrier_sid=user.carrier_sid, facts=facts)
        )
    return ended
