"""How long a carrier must keep what: no account's term is shorter, nor acts as if it were."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import GatewayError, NotFound
from smsc.models import Account, PhoneNumber, RetentionMinimum
from smsc.provisioning.fields import Days, Input

EVERYWHERE: Final = ""  # instead of a country: of all accounts
TERMS: Final = ("texts_days", "numbers_days", "logs_days", "messages_days")


class KeptTooShort(GatewayError):
    """A term is shorter than what the carrier must keep."""

    code = 20001
    http_status = 400

    def __init__(self, term: str, days: int, least: int, iso_country: str) -> None:
        where = f"numbers of {iso_country}" if iso_country else "any number"
        super().__init__(
            f"{term} is {days}, and must be at least {least}: this carrier keeps that long what "
            f"belongs to accounts with {where}. Give more days, or null to keep it for ever; "
            "the carrier's minimums are at /carrier/v1/retention_minimums."
        )


class MinimumDraft(Input):
    """What is to be kept at least; a term that is not named has no minimum."""

    texts_days: Days = None
    numbers_days: Days = None
    logs_days: Days = None
    messages_days: Days = None


async def everyone(db: AsyncSession, carrier_sid: str) -> Sequence[RetentionMinimum]:
    """Return the carrier's minimums, that of all accounts first."""
    statement = select(RetentionMinimum).where(col(RetentionMinimum.carrier_sid) == carrier_sid)
    return (await db.exec(statement.order_by(col(RetentionMinimum.iso_country)))).all()


async def put(db: AsyncSession, carrier_sid: str, iso_country: str, draft: MinimumDraft) -> None:
    """Set what is kept at least of accounts with a number of a country; "" for all accounts.

    Accounts whose terms are shorter keep their setting, and are kept for as long as this says.
    """
    place = {"carrier_sid": carrier_sid, "iso_country": iso_country}
    asked = draft.model_dump()
    await db.exec(
        insert(RetentionMinimum)
        .values(**place, **asked)
        .on_conflict_do_update(
            index_elements=["carrier_sid", "iso_country"], set_=asked | {"updated_at": func.now()}
        )
    )


async def remove(db: AsyncSession, carrier_sid: str, iso_country: str) -> None:
    """Let the accounts' own terms hold again.

    Raises:
        NotFound: there is no such minimum.
    """
    statement = (
        delete(RetentionMinimum)
        .where(
            col(RetentionMinimum.carrier_sid) == carrier_sid,
            col(RetentionMinimum.iso_country) == iso_country,
        )
        .returning(col(RetentionMinimum.iso_country))
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(iso_country)


async def require_kept(db: AsyncSession, account: Account, terms: Collection[str]) -> None:
    """Make sure that those terms of an account that somebody has just set are long enough.

    Raises:
        KeptTooShort: one is not.
    """
    asked = {term: getattr(account, term) for term in TERMS if term in terms}
    if not any(asked.values()):
        return
    minimums = await _of(db, account)
    for term, days in asked.items():
        if days is None:
            continue
        # With its end a message takes its text, number and logs along.
        bound_by = TERMS if term == "messages_days" else (term,)
        for minimum in minimums:
            least = max(getattr(minimum, name) or 0 for name in bound_by)
            if days < least:
                raise KeptTooShort(term, days, least, minimum.iso_country)


async def _of(db: AsyncSession, account: Account) -> Sequence[RetentionMinimum]:
    countries = select(PhoneNumber.iso_country).where(
        col(PhoneNumber.account_sid) == account.sid, col(PhoneNumber.iso_country).is_not(None)
    )
    statement = select(RetentionMinimum).where(
        col(RetentionMinimum.carrier_sid) == account.carrier_sid,
        or_(
            col(RetentionMinimum.iso_country) == EVERYWHERE,
            col(RetentionMinimum.iso_country).in_(countries),
        ),
    )
    return (await db.exec(statement.order_by(col(RetentionMinimum.iso_country)))).all()
