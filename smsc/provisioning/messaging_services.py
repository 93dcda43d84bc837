"""Messaging services: pools of senders with their common settings."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import MessagingService
from smsc.provisioning.listing import Place, Window, found, window

DEFAULT_VALIDITY: Final = 36_000


async def create(
    db: AsyncSession, carrier_sid: str, account_sid: str, values: Mapping[str, object]
) -> MessagingService:
    """Make a service; `values` are checked columns of it."""
    service = MessagingService.model_validate(
        {
            "sid": sids.make(sids.Prefix.MESSAGING_SERVICE),
            "carrier_sid": carrier_sid,
            "account_sid": account_sid,
            **values,
        }
    )
    db.add(service)
    await db.flush()
    return service


async def get(db: AsyncSession, account_sid: str, sid: str) -> MessagingService | None:
    """Return a service of the account."""
    statement = select(MessagingService).where(
        col(MessagingService.sid) == sid, col(MessagingService.account_sid) == account_sid
    )
    return (await db.exec(statement)).first()


async def page(db: AsyncSession, account_sid: str, place: Place) -> Window[MessagingService]:
    """Return the account's services, newest first."""
    statement = select(MessagingService).where(col(MessagingService.account_sid) == account_sid)
    return await window(db, statement, MessagingService, place)


async def change(
    db: AsyncSession, account_sid: str, sid: str, values: Mapping[str, object]
) -> MessagingService:
    """Change a service.

    Raises:
        NotFound: the account has no such service.
    """
    statement = (
        update(MessagingService)
        .where(col(MessagingService.sid) == sid, col(MessagingService.account_sid) == account_sid)
        .values(**values, updated_at=func.now())
        .returning(MessagingService)
    )
    service: MessagingService = found((await db.exec(statement)).scalars().first(), sid)
    return service


async def remove(db: AsyncSession, account_sid: str, sid: str) -> None:
    """Delete a service; its numbers are free for another.

    Raises:
        NotFound: the account has no such service.
    """
    statement = (
        delete(MessagingService)
        .where(col(MessagingService.sid) == sid, col(MessagingService.account_sid) == account_sid)
        .returning(col(MessagingService.sid))
    )
    found((await db.exec(statement)).first(), sid)
