"""Numbers as accounts see them: for sale, bought, used, moved and given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import false, func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import (
    BadParameter,
    InvalidAreaCode,
    InvalidPhoneNumber,
    InvalidSender,
    NoNumberInArea,
    NumberNotAvailable,
)
from smsc.models import Account, AccountStatus, Application, NumberType, PhoneNumber
from smsc.provisioning.listing import Place, Window, found, window
from smsc.provisioning.nearby import Near
from smsc.sms.address import parse_sender
from smsc.sms.number_facts import NANP, country_code_of

MOST_SHOWN: Final = 1000
_KINDS: Final = {"PN": "e164", "SC": "short_code"}
# What an account set of a number, and what it is when the number is for sale again.
UNSET: Final[Mapping[str, object]] = {
    "account_sid": None,
    "sms_url": None,
    "sms_method": "POST",
    "sms_fallback_url": None,
    "sms_fallback_method": "POST",
    "sms_application_sid": None,
    "messaging_service_sid": None,
    "status_callback": None,
    "status_callback_method": "POST",
    "unused": {},
}


@dataclass(frozen=True, slots=True)
class ForSale:
    """What is searched among the numbers for sale; what is None or empty is not looked at."""

    iso_country: str
    number_type: NumberType
    area_code: str | None = None  # leading digits of the national number
    pattern: str | None = None  # digits and `*`, anywhere in the number
    place: Mapping[str, str] = field(default_factory=dict)  # region, locality, …
    near: Near | None = None


async def search(
    db: AsyncSession, carrier_sid: str, wanted: ForSale, limit: int
) -> Sequence[PhoneNumber]:
    """Return numbers that are for sale, lowest first.

    Raises:
        BadParameter: the pattern has other characters than digits, letters and `*`.
        InvalidAreaCode: the area code is not of digits.
    """
    statement = select(PhoneNumber).where(
        col(PhoneNumber.carrier_sid) == carrier_sid,
        col(PhoneNumber.account_sid).is_(None),
        col(PhoneNumber.iso_country) == wanted.iso_country.upper(),
        col(PhoneNumber.number_type) == wanted.number_type.value,
    )
    if wanted.area_code is not None:
        if not (wanted.area_code.isascii() and wanted.area_code.isdecimal()):
            raise InvalidAreaCode(wanted.area_code)
        code = country_code_of(wanted.iso_country)
        statement = statement.where(
            col(PhoneNumber.phone_number).like(f"+{code}{wanted.area_code}%")
        )
    if wanted.pattern is not None:
        like = _like(wanted.pattern)
        statement = statement.where(col(PhoneNumber.phone_number).like(like))
    for name, value in wanted.place.items():
        statement = statement.where(
            func.lower(col(PhoneNumber.place)[name].astext) == value.lower()
        )
    if wanted.near is not None:
        statement = statement.where(wanted.near.has())
    ordered = statement.order_by(col(PhoneNumber.phone_number)).limit(min(limit, MOST_SHOWN))
    return (await db.exec(ordered)).all()


async def countries(db: AsyncSession, carrier_sid: str) -> Mapping[str, set[str]]:
    """Return the countries in which numbers are for sale, with the types there are."""
    statement = (
        select(PhoneNumber.iso_country, PhoneNumber.number_type)
        .where(
            col(PhoneNumber.carrier_sid) == carrier_sid,
            col(PhoneNumber.account_sid).is_(None),
            col(PhoneNumber.iso_country).is_not(None),
        )
        .distinct()
    )
    found_there: dict[str, set[str]] = {}
    for country, number_type in (await db.exec(statement)).all():
        found_there.setdefault(country or "", set()).add(number_type)
    return found_there


async def buy(
    db: AsyncSession,
    carrier_sid: str,
    account_sid: str,
    *,
    phone_number: str | None,
    area_code: str | None,
    number_type: NumberType | None = None,
    values: Mapping[str, object],
) -> PhoneNumber:
    """Give a number that is for sale to the account; who comes second is told so.

    Raises:
        InvalidPhoneNumber, NumberNotAvailable: of `phone_number`.
        InvalidAreaCode, NoNumberInArea: of `area_code`.
        BadParameter: neither, or an application that isn't the account's.
    """
    await _require_application(db, account_sid, values)
    if phone_number:
        try:
            wanted = parse_sender(phone_number).value
        except InvalidSender:
            raise InvalidPhoneNumber(phone_number) from None
        condition = col(PhoneNumber.phone_number) == wanted
        refusal: Exception = NumberNotAvailable(wanted)
    elif area_code:
        if not (area_code.isascii() and area_code.isdecimal() and len(area_code) == 3):
            raise InvalidAreaCode(area_code)
        condition = col(PhoneNumber.phone_number).like(f"+{NANP}{area_code}%")
        refusal = NoNumberInArea(area_code)
    else:
        raise BadParameter("'PhoneNumber' or 'AreaCode' is required.")
    chosen = (
        select(PhoneNumber.sid)
        .where(
            col(PhoneNumber.carrier_sid) == carrier_sid,
            col(PhoneNumber.account_sid).is_(None),
            condition,
        )
        .order_by(col(PhoneNumber.phone_number))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if number_type is not None:
        chosen = chosen.where(col(PhoneNumber.number_type) == number_type.value)
    sid = (await db.exec(chosen)).first()
    if sid is None:
        raise refusal
    statement = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid)
        .values(**{**UNSET, **values, "account_sid": account_sid}, updated_at=func.now())
        .returning(PhoneNumber)
    )
    number: PhoneNumber = (await db.exec(statement)).scalars().one()
    return number


async def get(db: AsyncSession, account_sid: str, sid: str) -> PhoneNumber | None:
    """Return a number or a short code of the account, by a SID of its kind."""
    statement = select(PhoneNumber).where(
        col(PhoneNumber.sid) == sid,
        col(PhoneNumber.account_sid) == account_sid,
        col(PhoneNumber.kind) == _KINDS.get(sid[:2], ""),
    )
    return (await db.exec(statement)).first()


async def page(
    db: AsyncSession,
    account_sid: str,
    place: Place,
    *,
    kind: str = "e164",
    number_type: NumberType | None = None,
    contains: str | None = None,
    friendly_name: str | None = None,
    is_hosted: bool = False,
) -> Window[PhoneNumber]:
    """Return the account's numbers, newest first; `contains` may have `*` in it."""
    statement = select(PhoneNumber).where(
        col(PhoneNumber.account_sid) == account_sid, col(PhoneNumber.kind) == kind
    )
    if is_hosted:  # nobody's are
        statement = statement.where(false())
    if number_type is not None:
        statement = statement.where(col(PhoneNumber.number_type) == number_type.value)
    if contains is not None:
        statement = statement.where(col(PhoneNumber.phone_number).like(_like(contains)))
    if friendly_name is not None:
        statement = statement.where(col(PhoneNumber.friendly_name) == friendly_name)
    return await window(db, statement, PhoneNumber, place)


async def change(
    db: AsyncSession,
    account_sid: str,
    sid: str,
    values: Mapping[str, object],
    unused: Mapping[str, object],
) -> PhoneNumber:
    """Change a number of the account; `unused` is added to what is kept and never used.

    Raises:
        NotFound: the account has no such number.
        BadParameter: an application that isn't the account's.
    """
    await _require_application(db, account_sid, values)
    statement = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.account_sid) == account_sid)
        .values(
            **values,
            unused=col(PhoneNumber.unused).op("||")(dict(unused)),
            updated_at=func.now(),
        )
        .returning(PhoneNumber)
    )
    number: PhoneNumber = found((await db.exec(statement)).scalars().first(), sid)
    return number


async def move(
    db: AsyncSession, owner_sid: str, account_sid: str, sid: str, to_account_sid: str
) -> None:
    """Give a number to another account of the same owner; its application stays behind.

    Raises:
        NotFound: the account has no such number.
        BadParameter: the other account isn't the owner's, or isn't active.
    """
    statement = select(Account.sid).where(
        col(Account.sid) == to_account_sid,
        (col(Account.owner_sid) == owner_sid) | (col(Account.sid) == owner_sid),
        col(Account.status) == AccountStatus.ACTIVE,
    )
    if (await db.exec(statement.with_for_update(read=True))).first() is None:
        raise BadParameter(f"'AccountSid' {to_account_sid!r} is no active account of yours.")
    moved = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.account_sid) == account_sid)
        .values(
            account_sid=to_account_sid,
            sms_application_sid=None,
            messaging_service_sid=None,
            updated_at=func.now(),
        )
        .returning(col(PhoneNumber.sid))
    )
    found((await db.exec(moved)).first(), sid)


async def release(db: AsyncSession, account_sid: str, sid: str) -> None:
    """Give a number back: it is for sale again, and has none of the account's settings.

    Raises:
        NotFound: the account has no such number.
    """
    statement = (
        update(PhoneNumber)
        .where(col(PhoneNumber.sid) == sid, col(PhoneNumber.account_sid) == account_sid)
        .values(**UNSET, friendly_name=col(PhoneNumber.phone_number), updated_at=func.now())
        .returning(col(PhoneNumber.sid))
    )
    found((await db.exec(statement)).first(), sid)


async def _require_application(
    db: AsyncSession, account_sid: str, values: Mapping[str, object]
) -> None:
    sid = values.get("sms_application_sid")
    if sid is None:
        return
    statement = select(Application.sid).where(
        col(Application.sid) == sid, col(Application.account_sid) == account_sid
    )
    if (await db.exec(statement)).first() is None:
        raise BadParameter(f"'SmsApplicationSid' {sid!r} is no application of the account.")


_LETTERS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


def _like(pattern: str) -> str:
    """Turn `507***` or `BANK` as on a telephone's keys into a LIKE pattern."""
    keys = pattern.strip().lower().translate(_LETTERS).lstrip("+")
    if not keys or any(key not in "0123456789*%" for key in keys):
        raise BadParameter(f"{pattern!r} must be digits, letters and *, such as 507*** or BANK.")
    return f"%{keys.replace('%', '_').replace('*', '_')}%"
