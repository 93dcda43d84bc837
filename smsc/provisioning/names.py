"""What the SIDs that a person reaches are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import Account, Connector
from smsc.provisioning.reach import Reach


@dataclass(frozen=True, slots=True)
class Names:
    """By SID; connectors belong to the carrier, so only its members know their names."""

    accounts: Mapping[str, str]
    connectors: Mapping[str, str]


async def names_of(db: AsyncSession, reach: Reach) -> Names:
    """Return what accounts and connectors in reach are called."""
    statement = select(Account.sid, Account.friendly_name).where(
        col(Account.carrier_sid) == reach.carrier_sid
    )
    if reach.account_sids is not None:
        statement = statement.where(col(Account.sid).in_(reach.account_sids))
    accounts = (await db.exec(statement.order_by(col(Account.friendly_name)))).all()
    if not reach.sees_carrier:
        return Names(dict(accounts), {})
    connectors = select(Connector.sid, Connector.name).where(
        col(Connector.carrier_sid) == reach.carrier_sid
    )
    return Names(
        dict(accounts), dict((await db.exec(connectors.order_by(col(Connector.name)))).all())
    )
