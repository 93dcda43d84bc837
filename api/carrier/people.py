"""`/carrier/v1/people`: who belongs to the carrier and its accounts, where they are signed in."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from api.dashboard import letters
from smsc.models import (
    MembershipState,
    Passkey,
    Role,
    SignInProof,
    TokenPurpose,
    User,
    UserSession,
)
from smsc.provisioning import mails, passkeys, people, second_factors, user_tokens, users
from smsc.provisioning.fields import Change, Input
from smsc.provisioning.people import Member
from smsc.provisioning.reach import Reach
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/people", route_class=CarrierRoute, tags=["people"])
policy = APIRouter(prefix="/security_policy", route_class=CarrierRoute, tags=["people"])
memberships = APIRouter(prefix="/memberships", route_class=CarrierRoute, tags=["people"])


class MembershipView(BaseModel):
    """What a person belongs to; without an account: the carrier with all of its accounts."""

    sid: str
    account_sid: str | None
    role: Role
    state: MembershipState
    date_created: datetime


class PersonView(BaseModel):
    """Somebody who can sign in to the dashboard."""

    sid: str
    email: str
    name: str
    second_factor: bool  # on
    passkeys: int
    memberships: list[MembershipView]
    date_created: datetime

    @classmethod
    def of(cls, user: User, belongs: list[Member], passkeys: int) -> Self:
        """Show a person."""
        return cls(
            sid=user.sid,
            email=user.email,
            name=user.name,
            second_factor=user.totp_at is not None,
            passkeys=passkeys,
            memberships=[
                MembershipView.model_validate(
                    one.membership.model_dump() | {"date_created": one.membership.created_at}
                )
                for one in belongs
            ],
            date_created=user.created_at,
        )


class PeopleView(BaseModel):
    """All of them, in one page."""

    data: list[PersonView]
    next: None = None


class MembershipChange(Change):
    """What of a membership can change."""

    role: Role = Role.MEMBER
    state: MembershipState = MembershipState.ACTIVE


class SecurityPolicy(Input):
    """What a carrier asks of everybody who signs in."""

    second_factor_required: bool


class SessionView(BaseModel):
    """A browser in which a person is signed in."""

    sid: str
    ip: str
    user_agent: str
    proof: SignInProof  # by what it was begun
    date_created: datetime
    date_seen: datetime
    date_expires: datetime

    @classmethod
    def of(cls, session: UserSession) -> Self:
        """Show a session."""
        return cls(
            sid=session.sid,
            ip=session.ip,
            user_agent=session.user_agent,
            proof=SignInProof(session.proof),
            date_created=session.created_at,
            date_seen=session.seen_at,
            date_expires=session.expires_at,
        )


class PasskeyView(BaseModel):
    """A key that a person's device keeps, by which they sign in."""

    sid: str
    name: str
    date_created: datetime
    date_last_used: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        """Show a passkey."""
        return cls(
            sid=passkey.sid,
            name=passkey.name,
            date_created=passkey.created_at,
            date_last_used=passkey.last_used_at,
        )


class PasskeysView(BaseModel):
    """All of a person's, in one page."""

    data: list[PasskeyView]
    next: None = None


class SessionsView(BaseModel):
    """All of a person's, in one page."""

    data: list[SessionView]
    next: None = None


@router.get("")
async def list_all(house: House, carrier: Carrier, account_sid: str | None = None) -> PeopleView:
    """List people with what they belong to, or those of one account."""
    async with reading(house.database) as db:
        found = await people.members(db, carrier, None if account_sid is None else [account_sid])
        keys = await passkeys.counts(db, carrier)
    by_person: dict[str, list[Member]] = {}
    for one in found:
        by_person.setdefault(one.user.sid, []).append(one)
    return PeopleView(
        data=[
            PersonView.of(ones[0].user, ones, keys.get(sid, 0)) for sid, ones in by_person.items()
        ]
    )


@router.get("/{sid}/sessions")
async def list_sessions(house: House, carrier: Carrier, sid: str) -> SessionsView:
    """List where a person is signed in."""
    async with reading(house.database) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        found = await users.sessions(db, user.sid)
    return SessionsView(data=[SessionView.of(session) for session in found])


@router.delete("/{sid}/sessions", status_code=204)
async def end_sessions(house: House, carrier: Carrier, sid: str) -> None:
    """Sign a person out everywhere."""
    async with changing(house.database, house.bells.announce_change) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        await users.end_sessions(db, user)


@router.post("/{sid}/password_link", status_code=204)
async def send_password_link(house: House, carrier: Carrier, sid: str) -> None:
    """Send a person the mail by which they choose another password."""
    async with changing(house.database, house.bells.announce_change) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        token = await user_tokens.issue(db, user, TokenPurpose.PASSWORD)
        site = await mails.site_of(db, house.settings, carrier)
        letter = letters.of_password(site, user, token)
        await mails.put(db, house.vault, carrier, letter)


@router.delete("/{sid}/second_factor", status_code=204)
async def remove_second_factor(house: House, carrier: Carrier, sid: str) -> None:
    """Take a person's second factor away, for who lost their telephone and their codes."""
    async with changing(house.database, house.bells.announce_change) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        await second_factors.remove(db, user)
        await mails.put(db, house.vault, carrier, letters.of_removed_factor(user))


@router.get("/{sid}/passkeys")
async def list_passkeys(house: House, carrier: Carrier, sid: str) -> PasskeysView:
    """List the passkeys by which a person signs in."""
    async with reading(house.database) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        found = await passkeys.of(db, user)
    return PasskeysView(data=[PasskeyView.of(one) for one in found])


@router.delete("/{sid}/passkeys/{passkey_sid}", status_code=204)
async def remove_passkey(house: House, carrier: Carrier, sid: str, passkey_sid: str) -> None:
    """Take one passkey of a person away, sign them out everywhere, and tell them by mail."""
    async with changing(house.database, house.bells.announce_change) as db:
        user = await people.require_person(db, as_owner(carrier), sid)
        await passkeys.remove(db, user, passkey_sid)
        await users.end_sessions(db, user)
        await mails.put(db, house.vault, carrier, letters.of_removed_passkeys(user))


@policy.get("")
async def read_policy(house: House, carrier: Carrier) -> SecurityPolicy:
    """Read what the carrier asks of everybody who signs in."""
    async with reading(house.database) as db:
        required = await second_factors.is_required(db, carrier)
    return SecurityPolicy(second_factor_required=required)


@policy.put("")
async def set_policy(house: House, carrier: Carrier, asked: SecurityPolicy) -> SecurityPolicy:
    """Say what the carrier asks of everybody who signs in; it holds from their next request on."""
    async with changing(house.database, house.bells.announce_change) as db:
        await second_factors.require(db, carrier, required=asked.second_factor_required)
    return asked


@memberships.patch("/{sid}")
async def change(
    house: House, carrier: Carrier, sid: str, asked: MembershipChange
) -> MembershipView:
    """Give somebody another role, suspend them, or let them in again."""
    fields = asked.asked()
    async with changing(house.database, house.bells.announce_change) as db:
        changed = await people.change(
            db,
            as_owner(carrier),
            sid,
            role=asked.role if "role" in fields else None,
            state=asked.state if "state" in fields else None,
        )
    return MembershipView.model_validate(
        changed.model_dump() | {"date_created": changed.created_at}
    )


@memberships.delete("/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, sid: str) -> None:
    """End a membership; the person stays, with what else they belong to."""
    async with changing(house.database, house.bells.announce_change) as db:
        await people.remove(db, as_owner(carrier), sid)


def as_owner(carrier_sid: str) -> Reach:
    """Return how far a carrier's key reaches: as far as an owner."""
    return Reach(carrier_sid, Role.OWNER)
