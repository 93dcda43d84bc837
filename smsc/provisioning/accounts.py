"""Accounts: made, read, renamed, suspended, closed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import func
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import NotFound
from smsc.models import (
    Account,
    AccountStatus,
    ApiKey,
    EsmeDelivery,
    KannelUser,
    PhoneNumber,
    PumpingGuard,
    SmppCredential,
)
from smsc.provisioning import carrier_settings, retention_minimums
from smsc.provisioning.fields import Change, Days, FriendlyName, Input
from smsc.provisioning.listing import Slice, cut, found
from smsc.vault import Vault, make_token

Rate = Annotated[Decimal | None, Field(gt=0, max_digits=10, decimal_places=4)]
# Caps on what an account and its subaccounts hand in; None: no limit
Messages = Annotated[int | None, Field(ge=0, le=2_000_000_000)]
Spend = Annotated[Decimal | None, Field(ge=0, max_digits=12, decimal_places=6)]
Prefix = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,14}$")]  # digits behind the plus
Prefixes = Annotated[list[Prefix], Field(max_length=1000)]


class AccountDraft(Input):
    """An account to be made."""

    requests_per_second: Rate = None

    friendly_name: FriendlyName = Field(
        default_factory=lambda: f"Account of {datetime.now(UTC):%Y-%m-%d %H:%M}"
    )
    messages_per_day: Messages = None
    spend_per_day: Spend = None
    spend_per_month: Spend = None
    pumping_guard: PumpingGuard = PumpingGuard.CODES
    safe_prefixes: Prefixes = Field(default_factory=list)


class AccountChange(Change):
    """What of an account can change. Closing is final."""

    requests_per_second: Rate = None

    friendly_name: FriendlyName = ""
    status: Literal[AccountStatus.ACTIVE, AccountStatus.SUSPENDED, AccountStatus.CLOSED] = (
        AccountStatus.ACTIVE
    )
    texts_days: Days = None
    numbers_days: Days = None
    logs_days: Days = None
    messages_days: Days = None
    messages_per_day: Messages = None
    spend_per_day: Spend = None
    spend_per_month: Spend = None
    pumping_guard: PumpingGuard = PumpingGuard.CODES
    safe_prefixes: Prefixes = Field(default_factory=list)


async def create(db: AsyncSession, vault: Vault, carrier_sid: str, draft: AccountDraft) -> Account:
    """Make an account with a fresh auth token, and the carrier's terms of new ones.

    Raises:
        NotFound: there is no such carrier.
    """
    account = Account(
        sid=sids.make(sids.Prefix.ACCOUNT),
        carrier_sid=carrier_sid,
        **(draft.model_dump() | await carrier_settings.terms_of_new(db, carrier_sid)),
        status=AccountStatus.ACTIVE,
        auth_token_sealed=vault.seal(make_token()),
        test_sid=sids.make(sids.Prefix.ACCOUNT),
        test_token_sealed=vault.seal(make_token()),
    )
    db.add(account)
    await db.flush()
    return account


async def get(db: AsyncSession, carrier_sid: str, sid: str) -> Account:
    """Return an account that is not closed.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    statement = select(Account).where(
        col(Account.sid) == sid,
        col(Account.carrier_sid) == carrier_sid,
        col(Account.status) != AccountStatus.CLOSED,
    )
    return found((await db.exec(statement)).first(), sid)


async def page(
    db: AsyncSession,
    carrier_sid: str,
    *,
    limit: int,
    after: str | None = None,
    status: AccountStatus | None = None,
) -> Slice[Account]:
    """Return some of the carrier's accounts; closed ones only when they are asked for."""
    statement = select(Account).where(col(Account.carrier_sid) == carrier_sid)
    if status is None:
        statement = statement.where(col(Account.status) != AccountStatus.CLOSED)
    else:
        statement = statement.where(col(Account.status) == status)
    if after is not None:
        statement = statement.where(col(Account.sid) > after)
    rows = (await db.exec(statement.order_by(col(Account.sid)).limit(limit + 1))).all()
    return cut(rows, limit)


async def change(db: AsyncSession, carrier_sid: str, sid: str, asked: AccountChange) -> Account:
    """Rename, suspend, reactivate or close an account, or change how long it keeps what.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        KeptTooShort: a term is shorter than the carrier's minimum.
    """
    statement = (
        update(Account)
        .where(
            col(Account.sid) == sid,
            col(Account.carrier_sid) == carrier_sid,
            col(Account.status) != AccountStatus.CLOSED,
        )
        .values(**asked.asked(), updated_at=func.now())
        .returning(Account)
    )
    account: Account = found((await db.exec(statement)).scalars().first(), sid)
    await retention_minimums.require_kept(db, account, asked.model_fields_set)
    if account.status == AccountStatus.CLOSED:
        below = (await db.exec(_close_below(sid))).scalars().all()
        await release(db, [sid, *below])
    return account


async def close(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Close an account for ever, as Twilio does instead of deleting one.

    Its subaccounts are closed with it, its numbers are for sale again, its keys and its ESMEs'
    credentials are gone; its messages stay, and those that were accepted are still sent.

    Raises:
        NotFound: the carrier has no such account, or it is closed already.
    """
    await change(db, carrier_sid, sid, AccountChange(status=AccountStatus.CLOSED))


async def require_open(db: AsyncSession, carrier_sid: str, sid: str) -> None:
    """Make sure that something can be given to the account, and that it stays open meanwhile.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    statement = (
        select(Account.sid)
        .where(
            col(Account.sid) == sid,
            col(Account.carrier_sid) == carrier_sid,
            col(Account.status) != AccountStatus.CLOSED,
        )
        .with_for_update(read=True)
    )
    if (await db.exec(statement)).first() is None:
        raise NotFound(sid)


async def release(db: AsyncSession, closed: Sequence[str]) -> None:
    """Take back what accounts had that were just closed: numbers, keys, ESMEs' credentials."""
    await db.exec(
        update(PhoneNumber)
        .where(col(PhoneNumber.account_sid).in_(closed))
        .values(
            account_sid=None,
            sms_url=None,
            sms_fallback_url=None,
            sms_application_sid=None,
            messaging_service_sid=None,
            status_callback=None,
            unused={},
            updated_at=func.now(),
        )
    )
    await db.exec(delete(EsmeDelivery).where(col(EsmeDelivery.account_sid).in_(closed)))
    await db.exec(delete(SmppCredential).where(col(SmppCredential.account_sid).in_(closed)))
    await db.exec(delete(KannelUser).where(col(KannelUser.account_sid).in_(closed)))
    await db.exec(delete(ApiKey).where(col(ApiKey.account_sid).in_(closed)))


def _close_below(sid: str) -> UpdateBase:
    return (
        update(Account)
        .where(col(Account.owner_sid) == sid, col(Account.status) != AccountStatus.CLOSED)
        .values(status=AccountStatus.CLOSED, updated_at=func.now())
        .returning(col(Account.sid))
    )


async def sids_of(db: AsyncSession, carrier_sid: str) -> Sequence[str]:
    """Return the SIDs of all accounts of a carrier, subaccounts and closed ones too."""
    statement = select(Account.sid).where(col(Account.carrier_sid) == carrier_sid)
    return (await db.exec(statement)).all()
