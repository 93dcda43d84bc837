"""A carrier's own rules for alphanumeric sender IDs, by country."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import NotFound
from smsc.models import SenderIdCountry
from smsc.routing.sender_id_rules import SenderIdRule


async def own(db: AsyncSession, carrier_sid: str) -> Mapping[str, str]:
    """Return the rules that the carrier has made, by country."""
    statement = select(SenderIdCountry).where(col(SenderIdCountry.carrier_sid) == carrier_sid)
    return {row.iso_country: row.rule for row in (await db.exec(statement)).all()}


async def put(db: AsyncSession, carrier_sid: str, iso_country: str, rule: SenderIdRule) -> None:
    """Make a rule for a country that there is."""
    values = {"carrier_sid": carrier_sid, "iso_country": iso_country, "rule": rule.value}
    await db.exec(
        insert(SenderIdCountry)
        .values(values)
        .on_conflict_do_update(
            index_elements=["carrier_sid", "iso_country"],
            set_={"rule": rule.value, "updated_at": func.now()},
        )
    )


async def reset(db: AsyncSession, carrier_sid: str, iso_country: str) -> None:
    """Let the default hold again.

    Raises:
        NotFound: the carrier has made no rule of its own.
    """
    statement = (
        delete(SenderIdCountry)
        .where(
            col(SenderIdCountry.carrier_sid) == carrier_sid,
            col(SenderIdCountry.iso_country) == iso_country,
        )
        .returning(col(SenderIdCountry.iso_country))
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(iso_country)
