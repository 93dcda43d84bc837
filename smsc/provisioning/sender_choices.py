"""What an account may send from: its messaging services, then its numbers and sender IDs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import MessagingService, PhoneNumber


@dataclass(frozen=True, slots=True)
class SenderChoice:
    """A service by its SID or a sender by itself, and what people call it."""

    value: str
    name: str
    is_service: bool


async def of_account(db: AsyncSession, account_sid: str, *, limit: int) -> Sequence[SenderChoice]:
    """Return `limit` at most of each kind; services first, senders in their order."""
    services = (
        select(MessagingService.sid, MessagingService.friendly_name)
        .where(col(MessagingService.account_sid) == account_sid)
        .order_by(col(MessagingService.friendly_name))
        .limit(limit)
    )
    senders = (
        select(PhoneNumber.phone_number, PhoneNumber.friendly_name)
        .where(col(PhoneNumber.account_sid) == account_sid)
        .order_by(col(PhoneNumber.phone_number))
        .limit(limit)
    )
    return [
        *(SenderChoice(sid, name, is_service=True) for sid, name in (await db.exec(services))),
        *(SenderChoice(value, name, is_service=False) for value, name in (await db.exec(senders))),
    ]


async def first_number(db: AsyncSession, carrier_sid: str) -> str | None:
    """Return the first sender of the carrier's inventory: something to test a connector with."""
    statement = select(PhoneNumber.phone_number).where(col(PhoneNumber.carrier_sid) == carrier_sid)
    return (await db.exec(statement.order_by(col(PhoneNumber.sid)).limit(1))).first()
