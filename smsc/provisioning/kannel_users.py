"""Logins of programs that were written for Kannel: off until a carrier makes one."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import InvalidSender
from smsc.models import KannelUser
from smsc.provisioning import accounts
from smsc.provisioning.fields import AsciiText, Change, HttpMethod, Input, Network, WebUrl
from smsc.provisioning.listing import Slice, cut, found
from smsc.sms.address import parse_sender
from smsc.vault import hash_secret

_SECRET_OCTETS: Final = 32


def _sender(value: str | None) -> str | None:
    try:
        return None if not value else parse_sender(value).value
    except InvalidSender:
        raise ValueError("is no phone number, short code or sender ID") from None


class _Fields(Input):
    default_sender: Annotated[str | None, AfterValidator(_sender)] = None
    inbound_url: WebUrl = None
    inbound_method: HttpMethod = "GET"
    allowed_networks: Annotated[list[Network], Field(max_length=100)] = Field(default_factory=list)


class KannelUserDraft(_Fields):
    """A login to be made for an account."""

    account_sid: str
    username: Annotated[AsciiText, Field(min_length=1, max_length=64)]


class KannelUserChange(_Fields, Change):
    """What of a login can change. Its name stays; its password is replaced by a new login."""


@dataclass(frozen=True, slots=True)
class IssuedKannelUser:
    """A new login. The password is shown this once: we keep its hash."""

    user: KannelUser
    password: str


async def create(db: AsyncSession, carrier_sid: str, draft: KannelUserDraft) -> IssuedKannelUser:
    """Make a login with a random password.

    Raises:
        NotFound: the carrier has no such account.
    """
    await accounts.require_open(db, carrier_sid, draft.account_sid)
    password = secrets.token_urlsafe(_SECRET_OCTETS)
    user = KannelUser(
        sid=sids.make(sids.Prefix.KANNEL_USER),
        carrier_sid=carrier_sid,
        digest=await asyncio.to_thread(hash_secret, password),
        **draft.model_dump(),
    )
    db.add(user)
    await db.flush()
    return IssuedKannelUser(user, password)


async def page(
    db: AsyncSession, carrier_sid: str, *, limit: int, after: str | None = None
) -> Slice[KannelUser]:
    """Return some of the carrier's logins."""
    statement = select(KannelUser).where(col(KannelUser.carrier_sid) == carrier_sid)
    if after is not None:
        statement = statement.where(col(KannelUser.sid) > after)
    rows = (await db.exec(statement.order_by(col(KannelUser.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def of_account(db: AsyncSession, account_sid: str) -> KannelUser | None:
    """Return an account's login, of which it has one at most."""
    statement = select(KannelUser).where(col(KannelUser.account_sid) == account_sid)
    return (await db.exec(statement)).first()


async def change(
    db: AsyncSession, carrier_sid: str, sid: str, asked: KannelUserChange
) -> KannelUser:
    """Change a login: it holds two seconds later.

    Raises:
        NotFound: the carrier has no such login.
    """
    statement = (
        update(KannelUser)
        .where(col(KannelUser.sid) == sid, col(KannelUser.carrier_sid) == carrier_sid)
        .values(**asked.asked(), updated_at=func.now())
        .returning(KannelUser)
    )
    user: KannelUser = found((await db.exec(statement)).scalars().first(), sid)
    return user


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a login: its door is shut two seconds later.

    Raises:
        NotFound: the carrier has no such login.
    """
    statement = (
        delete(KannelUser)
        .where(col(KannelUser.sid) == sid, col(KannelUser.carrier_sid) == carrier_sid)
        .returning(col(KannelUser.sid))
    )
    found((await db.exec(statement)).first(), sid)
