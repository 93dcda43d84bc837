"""The pool of a messaging service: which senders are in it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import InvalidSender, NotFound
from smsc.errors.services import (
    InvalidAlphaSender,
    PoolFull,
    SenderInOtherService,
    SenderInService,
)
from smsc.models import AlphaSender, MessagingService, PhoneNumber
from smsc.provisioning.listing import Place, Window, found, window
from smsc.sms.address import AddressKind, parse_sender

MOST: Final = 400  # Twilio's, of each kind


async def add(
    db: AsyncSession, service: MessagingService, sender_sid: str, kind: AddressKind
) -> PhoneNumber:
    """Put a number or a short code of the account into the pool.

    Raises:
        NotFound: the account has no such sender of this kind.
        SenderInService, SenderInOtherService, PoolFull: it can't be put in.
    """
    statement = (
        select(PhoneNumber)
        .where(
            col(PhoneNumber.sid) == sender_sid,
            col(PhoneNumber.account_sid) == service.account_sid,
            col(PhoneNumber.kind) == kind.value,
        )
        .with_for_update()
    )
    sender = found((await db.exec(statement)).first(), sender_sid)
    if sender.messaging_service_sid == service.sid:
        raise SenderInService(sender.phone_number)
    if sender.messaging_service_sid is not None:
        raise SenderInOtherService(sender.phone_number)
    count = (
        select(func.count())
        .select_from(PhoneNumber)
        .where(
            col(PhoneNumber.messaging_service_sid) == service.sid,
            col(PhoneNumber.kind) == kind.value,
        )
    )
    if (await db.exec(count)).one() >= MOST:
        raise PoolFull(MOST)
    joined = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sender_sid)
        .values(messaging_service_sid=service.sid, joined_service_at=func.now())
        .returning(PhoneNumber)
        .execution_options(populate_existing=True)
    )
    joining: PhoneNumber = (await db.exec(joined)).scalars().one()
    return joining


async def get(
    db: AsyncSession, service: MessagingService, sid: str, kind: AddressKind
) -> PhoneNumber | None:
    """Return a number or a short code of the pool."""
    statement = select(PhoneNumber).where(
        col(PhoneNumber.sid) == sid,
        col(PhoneNumber.messaging_service_sid) == service.sid,
        col(PhoneNumber.kind) == kind.value,
    )
    return (await db.exec(statement)).first()


async def page(
    db: AsyncSession, service: MessagingService, kind: AddressKind, place: Place
) -> Window[PhoneNumber]:
    """Return the numbers or short codes of the pool, newest first."""
    statement = select(PhoneNumber).where(
        col(PhoneNumber.messaging_service_sid) == service.sid, col(PhoneNumber.kind) == kind.value
    )
    return await window(db, statement, PhoneNumber, place)


async def remove(db: AsyncSession, service: MessagingService, sid: str, kind: AddressKind) -> None:
    """Take a number or a short code out of the pool; it stays the account's.

    Raises:
        NotFound: it is not in it.
    """
    statement = (
        update(PhoneNumber)
        .where(
            col(PhoneNumber.sid) == sid,
            col(PhoneNumber.messaging_service_sid) == service.sid,
            col(PhoneNumber.kind) == kind.value,
        )
        .values(messaging_service_sid=None, joined_service_at=None)
        .returning(col(PhoneNumber.sid))
    )
    found((await db.exec(statement)).first(), sid)


async def add_alpha(db: AsyncSession, service: MessagingService, text: str) -> AlphaSender:
    """Put a sender ID of the account into the pool.

    Raises:
        InvalidAlphaSender: it is none, or not one that the carrier gave to the account.
        SenderInService: it is in it already.
    """
    try:
        address = parse_sender(text)
    except InvalidSender:
        raise InvalidAlphaSender(text) from None
    owned = select(PhoneNumber.sid).where(
        col(PhoneNumber.account_sid) == service.account_sid,
        col(PhoneNumber.phone_number) == address.value,
    )
    if address.kind is not AddressKind.ALPHANUMERIC or (await db.exec(owned)).first() is None:
        raise InvalidAlphaSender(text)
    there = select(AlphaSender.sid).where(
        col(AlphaSender.messaging_service_sid) == service.sid,
        col(AlphaSender.alpha_sender) == address.value,
    )
    if (await db.exec(there)).first() is not None:
        raise SenderInService(address.value)
    sender = AlphaSender(
        sid=sids.make(sids.Prefix.ALPHA_SENDER),
        carrier_sid=service.carrier_sid,
        account_sid=service.account_sid,
        messaging_service_sid=service.sid,
        alpha_sender=address.value,
    )
    db.add(sender)
    await db.flush()
    return sender


async def get_alpha(db: AsyncSession, service: MessagingService, sid: str) -> AlphaSender | None:
    """Return a sender ID of the pool."""
    statement = select(AlphaSender).where(
        col(AlphaSender.sid) == sid, col(AlphaSender.messaging_service_sid) == service.sid
    )
    return (await db.exec(statement)).first()


async def page_alpha(
    db: AsyncSession, service: MessagingService, place: Place
) -> Window[AlphaSender]:
    """Return the sender IDs of the pool, newest first."""
    statement = select(AlphaSender).where(col(AlphaSender.messaging_service_sid) == service.sid)
    return await window(db, statement, AlphaSender, place)


async def remove_alpha(db: AsyncSession, service: MessagingService, sid: str) -> None:
    """Take a sender ID out of the pool.

    Raises:
        NotFound: it is not in it.
    """
    statement = (
        delete(AlphaSender)
        .where(col(AlphaSender.sid) == sid, col(AlphaSender.messaging_service_sid) == service.sid)
        .returning(col(AlphaSender.sid))
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)


async def everyone(
    db: AsyncSession, service: MessagingService, *, limit: int
) -> tuple[Sequence[PhoneNumber], Sequence[AlphaSender]]:
    """Return the pool: numbers and short codes, and sender IDs; `limit` at most of each."""
    numbers = (
        select(PhoneNumber)
        .where(col(PhoneNumber.messaging_service_sid) == service.sid)
        .order_by(col(PhoneNumber.phone_number))
        .limit(limit)
    )
    alphas = (
        select(AlphaSender)
        .where(col(AlphaSender.messaging_service_sid) == service.sid)
        .order_by(col(AlphaSender.alpha_sender))
        .limit(limit)
    )
    return (await db.exec(numbers)).all(), (await db.exec(alphas)).all()


async def free(db: AsyncSession, service: MessagingService, *, limit: int) -> Sequence[PhoneNumber]:
    """Return what of the account could join: what is in no service, and sender IDs not in it."""
    within = select(AlphaSender.alpha_sender).where(
        col(AlphaSender.messaging_service_sid) == service.sid
    )
    statement = (
        select(PhoneNumber)
        .where(
            col(PhoneNumber.account_sid) == service.account_sid,
            col(PhoneNumber.messaging_service_sid).is_(None),
            col(PhoneNumber.phone_number).not_in(within),
        )
        .order_by(col(PhoneNumber.phone_number))
        .limit(limit)
    )
    return (await db.exec(statement)).all()
