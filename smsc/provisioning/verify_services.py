"""Services of Verify: made, read, changed, deleted with their verifications."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import VerifyService
from smsc.provisioning.listing import Place, Window, found, window


async def create(
    db: AsyncSession, carrier_sid: str, account_sid: str, values: Mapping[str, object]
) -> VerifyService:
    """Make a service; `values` are checked columns of it."""
    service = VerifyService.model_validate(
        {
            "sid": sids.make(sids.Prefix.VERIFY_SERVICE),
            "carrier_sid": carrier_sid,
            "account_sid": account_sid,
            **values,
        }
    )
    db.add(service)
    await db.flush()
    return service


async def get(db: AsyncSession, account_sid: str, sid: str) -> VerifyService | None:
    """Return a service of the account."""
    statement = select(VerifyService).where(
        col(VerifyService.sid) == sid, col(VerifyService.account_sid) == account_sid
    )
    return (await db.exec(statement)).first()


async def page(db: AsyncSession, account_sid: str, place: Place) -> Window[VerifyService]:
    """Return the account's services, newest first."""
    statement = select(VerifyService).where(col(VerifyService.account_sid) == account_sid)
    return await window(db, statement, VerifyService, place)


async def change(
    db: AsyncSession,
    account_sid: str,
    sid: str,
    values: Mapping[str, object],
    unused: Mapping[str, object],
) -> VerifyService:
    """Change a service; `unused` is added to what is kept and never used.

    Raises:
        NotFound: the account has no such service.
    """
    statement = (
        update(VerifyService)
        .where(col(VerifyService.sid) == sid, col(VerifyService.account_sid) == account_sid)
        .values(
            **values,
            unused=col(VerifyService.unused).op("||")(dict(unused)),
            updated_at=func.now(),
        )
        .returning(VerifyService)
    )
    service: VerifyService = found((await db.exec(statement)).scalars().first(), sid)
    return service


async def remove(db: AsyncSession, account_sid: str, sid: str) -> None:
    """Delete a service with its verifications.

    Raises:
        NotFound: the account has no such service.
    """
    statement = (
        delete(VerifyService)
        .where(col(VerifyService.sid) == sid, col(VerifyService.account_sid) == account_sid)
        .returning(col(VerifyService.sid))
    )
    found((await db.exec(statement)).first(), sid)
