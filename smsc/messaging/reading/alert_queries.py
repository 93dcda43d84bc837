"""Reads of alerts: one, and a page of a list, newest first."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import Alert
from smsc.provisioning.listing import Place, Window, window


async def get(db: AsyncSession, account_sid: str, sid: str) -> Alert | None:
    """Return an alert of the account."""
    statement = select(Alert).where(col(Alert.sid) == sid, col(Alert.account_sid) == account_sid)
    return (await db.exec(statement)).first()


async def page(
    db: AsyncSession,
    account_sid: str,
    place: Place,
    *,
    log_level: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Window[Alert]:
    """Return the account's alerts of [since, before), newest first."""
    statement = select(Alert).where(col(Alert.account_sid) == account_sid)
    if log_level is not None:
        statement = statement.where(col(Alert.log_level) == log_level)
    if since is not None:
        statement = statement.where(col(Alert.sid) >= sids.first_of(sids.Prefix.ALERT, since))
    if before is not None:
        statement = statement.where(col(Alert.sid) < sids.first_of(sids.Prefix.ALERT, before))
    return await window(db, statement, Alert, place)


async def of_carrier(db: AsyncSession, carrier_sid: str, sid: str) -> Alert | None:
    """Return an alert of whichever account of a carrier."""
    statement = select(Alert).where(col(Alert.sid) == sid, col(Alert.carrier_sid) == carrier_sid)
    return (await db.exec(statement)).first()
