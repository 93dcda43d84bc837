"""Tariffs: a carrier's prices by direction and prefix; made, read, changed, deleted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import Conflict
from smsc.models import Balance, Carrier, Tariff, TariffDirection
from smsc.provisioning.fields import Change, Input, Label
from smsc.provisioning.listing import Slice, cut, found

PricePerSegment = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
Direction = Literal[TariffDirection.OUTBOUND, TariffDirection.INBOUND]


class TariffDraft(Input):
    """A price to be set: of a segment to numbers that begin so, or from ours that do."""

    direction: Direction = TariffDirection.OUTBOUND
    prefix: Annotated[str, Field(pattern="^[0-9]{0,15}$")] = ""
    price: PricePerSegment
    name: Label = ""


class TariffChange(Change):
    """What of a tariff can change: its price and its name. What was charged stays."""

    price: PricePerSegment = Decimal(0)
    name: Label = ""


async def create(db: AsyncSession, carrier_sid: str, draft: TariffDraft) -> Tariff:
    """Set a price."""
    tariff = Tariff(sid=sids.make(sids.Prefix.TARIFF), carrier_sid=carrier_sid, **dict(draft))
    db.add(tariff)
    await db.flush()
    return tariff


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> Tariff:
    """Return a tariff.

    Raises:
        NotFound: the carrier has no such tariff.
    """
    statement = select(Tariff).where(col(Tariff.sid) == sid, col(Tariff.carrier_sid) == carrier_sid)
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    direction: TariffDirection | None = None,
) -> Slice[Tariff]:
    """Return some of the carrier's tariffs."""
    statement = select(Tariff).where(col(Tariff.carrier_sid) == carrier_sid)
    if direction is not None:
        statement = statement.where(col(Tariff.direction) == direction)
    if after is not None:
        statement = statement.where(col(Tariff.sid) > after)
    rows = (await db.exec(statement.order_by(col(Tariff.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def everything(db: AsyncSession, carrier_sid: str) -> tuple[Sequence[Tariff], str]:
    """Return all of the carrier's tariffs and its currency."""
    statement = select(Tariff).where(col(Tariff.carrier_sid) == carrier_sid)
    rows = (await db.exec(statement.order_by(col(Tariff.prefix)))).all()
    unit = select(Carrier.price_unit).where(col(Carrier.sid) == carrier_sid)
    return rows, (await db.exec(unit)).one()


async def set_currency(db: AsyncSession, carrier_sid: str, price_unit: str) -> None:
    """Say in which currency the carrier's prices and balances are.

    Raises:
        Conflict: an account has a balance, which is in the present one.
    """
    statement = select(Balance.account_sid).where(
        col(Balance.carrier_sid) == carrier_sid, col(Balance.balance) != 0
    )
    account_sid = (await db.exec(statement.limit(1))).first()
    if account_sid is not None:
        raise Conflict(f"The account {account_sid} has a balance in the present currency.")
    await db.exec(
        update(Carrier).where(col(Carrier.sid) == carrier_sid).values(price_unit=price_unit)
    )


async def change(db: AsyncSession, carrier_sid: str, sid: str, asked: TariffChange) -> Tariff:
    """Change a price, for messages that are accepted from now on.

    Raises:
        NotFound: the carrier has no such tariff.
    """
    statement = (
        update(Tariff)
        .where(col(Tariff.sid) == sid, col(Tariff.carrier_sid) == carrier_sid)
        .values(**asked.asked(), updated_at=func.now())
        .returning(Tariff)
    )
    tariff: Tariff = found((await db.exec(statement)).scalars().first(), sid)
    return tariff


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Delete a price; what was charged stays.

    Raises:
        NotFound: the carrier has no such tariff.
    """
    statement = (
        delete(Tariff)
        .where(col(Tariff.sid) == sid, col(Tariff.carrier_sid) == carrier_sid)
        .returning(col(Tariff.sid))
    )
    found((await db.exec(statement)).first(), sid)
