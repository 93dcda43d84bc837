"""What accounts' ESMEs bind to our listener with."""

import asyncio
import secrets
import string
from dataclasses import dataclass
from typing import Final

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import EsmeDelivery, SmppCredential
from smsc.provisioning import accounts
from smsc.provisioning.credential_fields import (
    SmppCredentialChange,
    SmppCredentialDraft,
    columns,
)
from smsc.provisioning.listing import Slice, cut, found
from smsc.vault import hash_password

_LETTERS: Final = string.ascii_letters + string.digits
MADE_PASSWORD_OCTETS: Final = 8  # SMPP 3.4 §5.2.2: what every ESME can send
MADE_SYSTEM_ID_OCTETS: Final = 12  # §5.2.1 allows 15


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential; its password is shown this once: we keep its hash."""

    credential: SmppCredential
    password: str


async def create(
    db: AsyncSession, carrier_sid: str, draft: SmppCredentialDraft
) -> IssuedCredential:
    """Make a credential.

    Raises:
        NotFound: the carrier has no such account.
    """
    password = draft.password or _make(MADE_PASSWORD_OCTETS)
    hashed = await asyncio.to_thread(hash_password, password)
    await accounts.require_open(db, carrier_sid, draft.account_sid)
    credential = SmppCredential(
        sid=sids.make(sids.Prefix.SMPP_CREDENTIAL),
        carrier_sid=carrier_sid,
        account_sid=draft.account_sid,
        system_id=draft.system_id or _make(MADE_SYSTEM_ID_OCTETS),
        password_hash=hashed,
        **columns(draft.model_dump(exclude={"account_sid", "system_id", "password"})),
    )
    db.add(credential)
    await db.flush()
    return IssuedCredential(credential, password)


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> SmppCredential:
    """Return a credential.

    Raises:
        NotFound: the carrier has no such credential.
    """
    statement = select(SmppCredential).where(
        col(SmppCredential.sid) == sid, col(SmppCredential.carrier_sid) == carrier_sid
    )
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    account_sid: str | None = None,
) -> Slice[SmppCredential]:
    """Return some of the carrier's credentials, of one account if so asked."""
    statement = select(SmppCredential).where(col(SmppCredential.carrier_sid) == carrier_sid)
    if account_sid is not None:
        statement = statement.where(col(SmppCredential.account_sid) == account_sid)
    if after is not None:
        statement = statement.where(col(SmppCredential.sid) > after)
    rows = (await db.exec(statement.order_by(col(SmppCredential.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(
    db: AsyncSession, carrier_sid: str, sid: str, asked: SmppCredentialChange
) -> SmppCredential:
    """Change a credential; bound sessions follow within two seconds, their window apart.

    Raises:
        NotFound: the carrier has no such credential.
    """
    fields = asked.asked()
    if "password" in fields:
        del fields["password"]
        fields["password_hash"] = await asyncio.to_thread(hash_password, asked.password)
    if not fields:
        return await get(db, carrier_sid, sid)
    statement = (
        update(SmppCredential)
        .where(col(SmppCredential.sid) == sid, col(SmppCredential.carrier_sid) == carrier_sid)
        .values(**columns(fields))
        .returning(SmppCredential)
    )
    credential: SmppCredential = found((await db.exec(statement)).scalars().first(), sid)
    return credential


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a credential with what is still owed to its ESME; its system_id is free again.

    Raises:
        NotFound: the carrier has no such credential.
    """
    statement = (
        delete(SmppCredential)
        .where(col(SmppCredential.sid) == sid, col(SmppCredential.carrier_sid) == carrier_sid)
        .returning(col(SmppCredential.sid))
    )
    found((await db.exec(statement)).first(), sid)
    await db.exec(delete(EsmeDelivery).where(col(EsmeDelivery.smpp_credential_sid) == sid))


def _make(octets: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(octets))
