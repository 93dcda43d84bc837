"""What a carrier decides of itself: its name, and how long new accounts keep what."""

from typing import Final

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.models import Carrier
from smsc.provisioning import carriers
from smsc.provisioning.fields import Change, Days, FriendlyName
from smsc.provisioning.retention_minimums import TERMS

DEFAULT: Final = "default_"  # before a term of new accounts


class SettingsChange(Change):
    """What of it can change; terms are days, null: for ever."""

    name: FriendlyName = "-"
    default_texts_days: Days = None
    default_numbers_days: Days = None
    default_logs_days: Days = None
    default_messages_days: Days = None


async def change(db: AsyncSession, carrier_sid: str, asked: SettingsChange) -> Carrier:
    """Change settings; accounts that are there stay as they are.

    Raises:
        NotFound: there is no such carrier.
    """
    return await carriers.change(db, carrier_sid, asked.asked())


async def terms_of_new(db: AsyncSession, carrier_sid: str) -> dict[str, int | None]:
    """Return how long an account keeps what of which nobody has said otherwise."""
    carrier = await carriers.get(db, carrier_sid)
    return {term: getattr(carrier, DEFAULT + term) for term in TERMS}


async def whose_page(db: AsyncSession, carrier_sid: str | None) -> str | None:
    """Return the carrier whose page it is before anybody has signed in, by the host's carrier.

    A host that is nobody's is the installation's only carrier's: which there are is nobody's
    business.
    """
    if carrier_sid is not None:
        return carrier_sid
    found = (await db.exec(select(Carrier.sid).limit(2))).all()
    return found[0] if len(found) == 1 else None
