"""Carriers and their API keys."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import Carrier, CarrierKey
from smsc.provisioning.fields import FriendlyName, Input
from smsc.provisioning.listing import found
from smsc.vault import hash_secret, secret_matches

_SECRET_OCTETS = 32
SEPARATOR: Final = "."  # in no SID and in no URL-safe base64


class CarrierDraft(Input):
    """A carrier to be made."""

    name: FriendlyName


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `bearer` is shown this once: we keep its hash."""

    key: CarrierKey
    bearer: str


async def create(db: AsyncSession, draft: CarrierDraft) -> Carrier:
    """Make a carrier."""
    carrier = Carrier(sid=sids.make(sids.Prefix.CARRIER), name=draft.name)
    db.add(carrier)
    await db.flush()
    return carrier


async def get(db: AsyncSession, carrier_sid: str) -> Carrier:
    """Return a carrier as it stands now.

    Raises:
        NotFound: there is none.
    """
    return found(await db.get(Carrier, carrier_sid, populate_existing=True), carrier_sid)


async def change(db: AsyncSession, carrier_sid: str, fields: Mapping[str, object]) -> Carrier:
    """Change columns of a carrier, if any are named.

    Raises:
        NotFound: there is no such carrier.
    """
    if fields:
        await db.exec(update(Carrier).where(col(Carrier.sid) == carrier_sid).values(**fields))
    return await get(db, carrier_sid)


async def everyone(db: AsyncSession) -> list[Carrier]:
    """Return all carriers of the installation, oldest first."""
    return list((await db.exec(select(Carrier).order_by(col(Carrier.sid)))).all())


async def issue_key(
    db: AsyncSession,
    carrier_sid: str,
    name: str,
    allowed_networks: Sequence[str] = (),
    *,
    runs_platform: bool = False,
) -> IssuedKey:
    """Make a bearer key of `/carrier/v1`: its SID, a dot, and a random secret.

    With `runs_platform` it opens `/platform/v1`, too.
    """
    secret = secrets.token_urlsafe(_SECRET_OCTETS)
    key = CarrierKey(
        sid=sids.make(sids.Prefix.CARRIER_KEY),
        carrier_sid=carrier_sid,
        name=name,
        digest=await asyncio.to_thread(hash_secret, secret),
        allowed_networks=list(allowed_networks),
        runs_platform=runs_platform,
    )
    db.add(key)
    await db.flush()
    return IssuedKey(key, f"{key.sid}{SEPARATOR}{secret}")


async def find_key(db: AsyncSession, sid: str) -> CarrierKey | None:
    """Return a key of any carrier, unless it was revoked."""
    if not sids.is_sid(sid, sids.Prefix.CARRIER_KEY):
        return None
    statement = select(CarrierKey).where(
        col(CarrierKey.sid) == sid, col(CarrierKey.revoked_at).is_(None)
    )
    return (await db.exec(statement)).first()


async def authenticate(db: AsyncSession, bearer: str) -> CarrierKey | None:
    """Return the key that this is, unless it was revoked."""
    sid, _, secret = bearer.partition(SEPARATOR)
    key = await find_key(db, sid)
    if key is None or not await asyncio.to_thread(secret_matches, secret, key.digest):
        return None
    return key


async def keys(db: AsyncSession, carrier_sid: str) -> list[CarrierKey]:
    """Return a carrier's keys that were not revoked, oldest first."""
    statement = select(CarrierKey).where(
        col(CarrierKey.carrier_sid) == carrier_sid, col(CarrierKey.revoked_at).is_(None)
    )
    return list((await db.exec(statement.order_by(col(CarrierKey.sid)))).all())


async def revoke_key(db: AsyncSession, sid: str) -> None:
    """Make a key worthless at once.

    Raises:
        NotFound: there is no such key, or it was revoked before.
    """
    statement = (
        update(CarrierKey)
        .where(col(CarrierKey.sid) == sid, col(CarrierKey.revoked_at).is_(None))
        .values(revoked_at=func.now())
        .returning(col(CarrierKey.sid))
    )
    found((await db.exec(statement)).first(), sid)
