"""The inventory of senders: phone numbers, short codes and sender IDs."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import InvalidPhoneNumber, InvalidSender
from smsc.models import NumberType, PhoneNumber
from smsc.provisioning import accounts
from smsc.provisioning.fields import Change, HttpMethod, Input, Label, WebUrl
from smsc.provisioning.listing import Slice, cut, found
from smsc.provisioning.reach import Reach
from smsc.sms.address import Address, AddressKind, parse_sender
from smsc.sms.number_facts import read_number

Country = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$", to_upper=True)]


class NumberPlace(Input):
    """Where a number belongs to, for those who search one to buy."""

    region: Label | None = None
    locality: Label | None = None
    postal_code: Label | None = None
    rate_center: Label | None = None
    lata: Label | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class PhoneNumberDraft(Input):
    """A sender that joins the inventory; without an account it is for sale."""

    phone_number: str
    account_sid: str | None = None
    friendly_name: Label = ""
    number_type: NumberType | None = None  # None: as the digits say
    iso_country: Country | None = None  # None: as the digits say; short codes don't
    place: NumberPlace = NumberPlace()
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
    number_type, country = _facts(address, draft)
    number = PhoneNumber(
        sid=sids.make(
            sids.Prefix.SHORT_CODE
            if address.kind is AddressKind.SHORT_CODE
            else sids.Prefix.PHONE_NUMBER
        ),
        carrier_sid=carrier_sid,
        account_sid=draft.account_sid,
        phone_number=address.value,
        kind=address.kind.value,
        number_type=number_type,
        iso_country=country,
        place=draft.place.model_dump(exclude_none=True),
        friendly_name=draft.friendly_name or address.value,
        sms_url=draft.sms_url,
        sms_method=draft.sms_method,
        sms_fallback_url=draft.sms_fallback_url,
        sms_fallback_method=draft.sms_fallback_method,
    )
    db.add(number)
    await db.flush()
    return number


def _facts(address: Address, draft: PhoneNumberDraft) -> tuple[str, str | None]:
    """Return type and country: as the carrier says, else as the digits say."""
    number_type: str
    country = None
    match address.kind:
        case AddressKind.SHORT_CODE:
            number_type = NumberType.SHORT_CODE
        case AddressKind.ALPHANUMERIC:
            number_type = NumberType.ALPHANUMERIC
        case AddressKind.E164:
            digits = read_number(address.value)
            number_type, country = digits.number_type, digits.iso_country
    return draft.number_type or number_type, draft.iso_country or country


async def create_all(
    db: AsyncSession, carrier_sid: str, drafts: Sequence[PhoneNumberDraft]
) -> list[PhoneNumber]:
    """Put many senders into the inventory; what is in it already stays as it is and is left out.

    Raises:
        InvalidPhoneNumber, NotFound: as `create`, of the first that can't be used; none is made.
    """
    made = []
    known: set[str] = set()
    for draft in drafts:
        try:
            value = parse_sender(draft.phone_number).value
        except InvalidSender:
            raise InvalidPhoneNumber(draft.phone_number) from None
        statement = select(PhoneNumber.sid).where(
            col(PhoneNumber.carrier_sid) == carrier_sid, col(PhoneNumber.phone_number) == value
        )
        if value not in known and (await db.exec(statement)).first() is None:
            made.append(await create(db, carrier_sid, draft))
        known.add(value)
    return made


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


async def reached(
    db: AsyncSession,
    reach: Reach,
    *,
    limit: int,
    after: str | None = None,
    account_sid: str | None = None,
    for_sale: bool = False,
    phone_number: str | None = None,
) -> Slice[PhoneNumber]:
    """Return some of the senders that a person reaches; those for sale, the carrier's people."""
    statement = select(PhoneNumber).where(col(PhoneNumber.carrier_sid) == reach.carrier_sid)
    if reach.account_sids is not None:
        statement = statement.where(col(PhoneNumber.account_sid).in_(reach.account_sids))
    if account_sid:
        statement = statement.where(col(PhoneNumber.account_sid) == account_sid)
    if for_sale:
        statement = statement.where(col(PhoneNumber.account_sid).is_(None))
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
    values = asked.asked()
    if asked.account_sid is not None:
        await accounts.require_open(db, carrier_sid, asked.account_sid)
    if "account_sid" in values:
        # They are the former account's
        values |= {"sms_application_sid": None, "messaging_service_sid": None}
    statement = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.carrier_sid) == carrier_sid)
        .values(**values, updated_at=func.now())
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
