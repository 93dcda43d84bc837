"""Applications: URLs under one name."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.models import Application
from smsc.provisioning.listing import Place, Window, found, window


async def create(
    db: AsyncSession, carrier_sid: str, account_sid: str, values: Mapping[str, object]
) -> Application:
    """Make an application; `values` are checked columns of it."""
    application = Application.model_validate(
        {
            "sid": sids.make(sids.Prefix.APPLICATION),
            "carrier_sid": carrier_sid,
            "account_sid": account_sid,
            "friendly_name": "",
            **values,
        }
    )
    db.add(application)
    await db.flush()
    return application


async def get(db: AsyncSession, account_sid: str, sid: str) -> Application | None:
    """Return an application of the account."""
    statement = select(Application).where(
        col(Application.sid) == sid, col(Application.account_sid) == account_sid
    )
    return (await db.exec(statement)).first()


async def page(
    db: AsyncSession, account_sid: str, place: Place, friendly_name: str | None
) -> Window[Application]:
    """Return the account's applications, newest first."""
    statement = select(Application).where(col(Application.account_sid) == account_sid)
    if friendly_name is not None:
        statement = statement.where(col(Application.friendly_name) == friendly_name)
    return await window(db, statement, Application, place)


async def change(
    db: AsyncSession,
    account_sid: str,
    sid: str,
    values: Mapping[str, object],
    unused: Mapping[str, object],
) -> Application:
    """Change an application; `unused` is added to what is kept and never used.

    Raises:
        NotFound: the account has no such application.
    """
    statement = (
        update(Application)
        .where(col(Application.sid) == sid, col(Application.account_sid) == account_sid)
        .values(
            **values,
            unused=col(Application.unused).op("||")(dict(unused)),
            updated_at=func.now(),
        )
        .returning(Application)
    )
    application: Application = found((await db.exec(statement)).scalars().first(), sid)
    return application


async def remove(db: AsyncSession, account_sid: str, sid: str) -> None:
    """Delete an application; numbers that refer to it use their own URLs again.

    Raises:
        NotFound: the account has no such application.
    """
    statement = (
        delete(Application)
        .where(col(Application.sid) == sid, col(Application.account_sid) == account_sid)
        .returning(col(Application.sid))
    )
    found((await db.exec(statement)).first(), sid)
