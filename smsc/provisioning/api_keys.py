"""API keys of accounts: made, read, renamed, revoked."""

import asyncio
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import BadParameter
from smsc.models import ApiKey, KeyKind
from smsc.provisioning.listing import Place, Slice, Window, cut, found, window
from smsc.vault import hash_secret

_SECRET_OCTETS: Final = 32
MOST_PERMISSIONS: Final = 100


@dataclass(frozen=True, slots=True)
class IssuedApiKey:
    """A new key. The secret is shown this once: we keep its hash."""

    key: ApiKey
    secret: str


async def create(
    db: AsyncSession,
    carrier_sid: str,
    account_sid: str,
    *,
    friendly_name: str = "",
    kind: KeyKind = KeyKind.STANDARD,
    permissions: list[str] | None = None,
    requests_per_second: Decimal | None = None,
    allowed_networks: list[str] | None = None,
) -> IssuedApiKey:
    """Make a key with a random secret.

    Raises:
        BadParameter: permissions without a restricted key, or a restricted key without any.
    """
    if (kind == KeyKind.RESTRICTED) != bool(permissions):
        raise BadParameter("A restricted key needs a policy with permissions; no other has one.")
    secret = secrets.token_urlsafe(_SECRET_OCTETS)
    key = ApiKey(
        sid=sids.make(sids.Prefix.API_KEY),
        carrier_sid=carrier_sid,
        account_sid=account_sid,
        friendly_name=friendly_name,
        kind=kind.value,
        permissions=permissions or [],
        digest=await asyncio.to_thread(hash_secret, secret),
        requests_per_second=requests_per_second,
        allowed_networks=allowed_networks or [],
    )
    db.add(key)
    await db.flush()
    return IssuedApiKey(key, secret)


async def get(db: AsyncSession, account_sid: str, sid: str) -> ApiKey | None:
    """Return a key of the account."""
    statement = select(ApiKey).where(col(ApiKey.sid) == sid, col(ApiKey.account_sid) == account_sid)
    return (await db.exec(statement)).first()


async def page(db: AsyncSession, account_sid: str, place: Place) -> Window[ApiKey]:
    """Return the account's keys, newest first."""
    statement = select(ApiKey).where(col(ApiKey.account_sid) == account_sid)
    return await window(db, statement, ApiKey, place)


async def of_carrier(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    account_sid: str | None = None,
) -> Slice[ApiKey]:
    """Return some of the keys of a carrier's accounts, of one account if so asked."""
    statement = select(ApiKey).where(col(ApiKey.carrier_sid) == carrier_sid)
    if account_sid is not None:
        statement = statement.where(col(ApiKey.account_sid) == account_sid)
    if after is not None:
        statement = statement.where(col(ApiKey.sid) > after)
    rows = (await db.exec(statement.order_by(col(ApiKey.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(
    db: AsyncSession,
    account_sid: str,
    sid: str,
    *,
    friendly_name: str | None = None,
    permissions: list[str] | None = None,
) -> ApiKey:
    """Rename a key, or give a restricted one other permissions.

    Raises:
        NotFound: the account has no such key.
        BadParameter: the key is not restricted.
    """
    values: dict[str, object] = {"updated_at": func.now()}
    if friendly_name is not None:
        values["friendly_name"] = friendly_name
    if permissions:
        values["permissions"] = permissions
    statement = (
        update(ApiKey)
        .where(col(ApiKey.sid) == sid, col(ApiKey.account_sid) == account_sid)
        .values(**values)
        .returning(ApiKey)
    )
    key: ApiKey = found((await db.exec(statement)).scalars().first(), sid)
    if permissions and key.kind != KeyKind.RESTRICTED:
        raise BadParameter("Only a restricted key has a policy.")
    return key


async def remove(db: AsyncSession, account_sid: str, sid: str) -> None:
    """Revoke a key.

    Raises:
        NotFound: the account has no such key.
    """
    statement = (
        delete(ApiKey)
        .where(col(ApiKey.sid) == sid, col(ApiKey.account_sid) == account_sid)
        .returning(col(ApiKey.sid))
    )
    found((await db.exec(statement)).first(), sid)
