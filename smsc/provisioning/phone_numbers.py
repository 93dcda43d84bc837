"""The inventory of senders: phone numbers, short codes and sender IDs."""

from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import InvalidPhoneNumber, InvalidSender
from smsc.models import PhoneNumber
from smsc.provisioning import accounts
from smsc.provisioning.fields import Change, HttpMethod, Input, Label, WebUrl
from smsc.provisioning.listing import Slice, cut, found
from smsc.sms.address import parse_sender


class PhoneNumberDraft(Input):
    """A sender that joins the inventory; without an account it is for sale."""

    phone_number: str
    account_sid: str | None = None
    friendly_name: Label = ""
    sms_url: WebUrl = None
    sms_method: HttpMethod = "POST"
    sms_fallback_url: WebUrl = None
    sms_fallback_method: HttpMethod = "POST"


class PhoneNumberChange(Change):
    """What of a sender can change: whose it is, and its webhooks. Never the number itself."""

    account_sid: str | None = None
    friendly_name: Label = ""
    sms_url: WebUrl = None
    sms_method: HttpMethod = "POST"
    sms_fallback_url: WebUrl = None
    sms_fallback_method: HttpMethod = "POST"


async def create(db: AsyncSession, carrier_sid: str, draft: PhoneNumberDraft) -> PhoneNumber:
    """Put a sender into the inventory, normalised.

    Raises:
        InvalidPhoneNumber: it is no number, no short code and no sender ID.
        NotFound: the carrier has no such account.
    """
    try:
        address = parse_sender(draft.phone_number)
    except InvalidSender:
        raise InvalidPhoneNumber(draft.phone_number) from None
    if draft.account_sid is not None:
        await accounts.require_open(db, carrier_sid, draft.account_sid)
    number = PhoneNumber(
        sid=sids.make(sids.Prefix.PHONE_NUMBER),
        carrier_sid=carrier_sid,
        account_sid=draft.account_sid,
        phone_number=address.value,
        kind=address.kind.value,
        friendly_name=draft.friendly_name or address.value,
        sms_url=draft.sms_url,
        sms_method=draft.sms_method,
        sms_fallback_url=draft.sms_fallback_url,
        sms_fallback_method=draft.sms_fallback_method,
    )
    db.add(number)
    await db.flush()
    return number


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> PhoneNumber:
    """Return a sender.

    Raises:
        NotFound: the carrier has no such sender.
    """
    statement = select(PhoneNumber).where(
        col(PhoneNumber.sid) == sid, col(PhoneNumber.carrier_sid) == carrier_sid
    )
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    account_sid: str | None = None,
    phone_number: str | None = None,
) -> Slice[PhoneNumber]:
    """Return some of the carrier's senders, of one account or with one number if so asked."""
    statement = select(PhoneNumber).where(col(PhoneNumber.carrier_sid) == carrier_sid)
    if account_sid is not None:
        statement = statement.where(col(PhoneNumber.account_sid) == account_sid)
    if phone_number is not None:
        statement = statement.where(col(PhoneNumber.phone_number) == phone_number)
    if after is not None:
        statement = statement.where(col(PhoneNumber.sid) > after)
    rows = (await db.exec(statement.order_by(col(PhoneNumber.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(
    db: AsyncSession, carrier_sid: str, sid: str, asked: PhoneNumberChange
) -> PhoneNumber:
    """Give a sender to an account, take it back, or change its webhooks.

    Raises:
        NotFound: the carrier has no such sender or account.
    """
    if asked.account_sid is not None:
        await accounts.require_open(db, carrier_sid, asked.account_sid)
    statement = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.carrier_sid) == carrier_sid)
        .values(**asked.asked(), updated_at=func.now())
        .returning(PhoneNumber)
    )
    number: PhoneNumber = found((await db.exec(statement)).scalars().first(), sid)
    return number


async def remove(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Take a sender out of the inventory. Messages that it sent or received stay.

    Raises:
        NotFound: the carrier has no such sender.
    """
    statement = (
        delete(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.carrier_sid) == carrier_sid)
        .returning(col(PhoneNumber.sid))
    )
    found((await db.exec(statement)).first(), sid)
