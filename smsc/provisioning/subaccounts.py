"""Accounts as their own holders see and change them: subaccounts, names, statuses, tokens."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.errors import AccessDenied, InvalidAccountStatus, NotFound, ParentSuspended
from smsc.models import Account, AccountStatus
from smsc.provisioning.accounts import release
from smsc.provisioning.listing import Place, Window, window
from smsc.vault import Vault, make_token

MOST_SUBACCOUNTS: Final = 1000  # as Twilio's; a carrier that needs more makes accounts


async def create(db: AsyncSession, vault: Vault, owner_sid: str, friendly_name: str) -> Account:
    """Make a subaccount.

    Raises:
        AccessDenied: the owner is a subaccount itself, or has too many.
        ParentSuspended: the owner is not active.
    """
    statement = select(Account).where(col(Account.sid) == owner_sid).with_for_update()
    owner = (await db.exec(statement)).one()
    if owner.owner_sid is not None:
        raise AccessDenied("A subaccount can't have subaccounts.")
    if owner.status != AccountStatus.ACTIVE:
        raise ParentSuspended(f"The account {owner_sid} is not active.")
    counted = select(func.count()).where(
        col(Account.owner_sid) == owner_sid, col(Account.status) != AccountStatus.CLOSED
    )
    if (await db.exec(counted)).one() >= MOST_SUBACCOUNTS:
        raise AccessDenied(f"The account has {MOST_SUBACCOUNTS} subaccounts; close some first.")
    account = Account(
        sid=sids.make(sids.Prefix.ACCOUNT),
        carrier_sid=owner.carrier_sid,
        owner_sid=owner_sid,
        friendly_name=friendly_name,
        closed_countries=owner.closed_countries,
        pumping_guard=owner.pumping_guard,
        safe_prefixes=owner.safe_prefixes,
        status=AccountStatus.ACTIVE,
        auth_token_sealed=vault.seal(make_token()),
        test_sid=sids.make(sids.Prefix.ACCOUNT),
        test_token_sealed=vault.seal(make_token()),
    )
    db.add(account)
    await db.flush()
    return account


async def get(db: AsyncSession, owner_sid: str, sid: str) -> Account | None:
    """Return the owner itself or a subaccount of it, closed or not."""
    statement = select(Account).where(col(Account.sid) == sid, _is_seen_by(owner_sid))
    return (await db.exec(statement)).first()


async def sids_below(db: AsyncSession, owner_sid: str) -> list[str]:
    """Return the SIDs of the owner and of all its subaccounts, closed ones too."""
    return list((await db.exec(select(Account.sid).where(_is_seen_by(owner_sid)))).all())


async def page(
    db: AsyncSession,
    owner_sid: str,
    place: Place,
    *,
    friendly_name: str | None = None,
    status: str | None = None,
) -> Window[Account]:
    """Return the owner and its subaccounts, closed ones too, newest first."""
    statement = select(Account).where(_is_seen_by(owner_sid))
    if friendly_name is not None:
        statement = statement.where(col(Account.friendly_name) == friendly_name)
    if status is not None:
        statement = statement.where(col(Account.status) == status)
    return await window(db, statement, Account, place)


async def change(
    db: AsyncSession, owner_sid: str, sid: str, friendly_name: str | None, status: str | None
) -> Account:
    """Rename an account, or give it another status.

    Raises:
        NotFound: there is no such account that `owner_sid` may see.
        AccessDenied: an account can't suspend or close itself: its parent or its carrier does.
        InvalidAccountStatus: no such status, or the account is closed, which is final.
    """
    values: dict[str, object] = {"updated_at": func.now()}
    if friendly_name is not None:
        values["friendly_name"] = friendly_name
    if status is not None:
        if status not in set(AccountStatus):
            raise InvalidAccountStatus(f"Status {status!r} is not active, suspended or closed.")
        if sid == owner_sid:
            raise AccessDenied("An account can't change its own status; its parent can.")
        values["status"] = status
    statement = (
        update(Account)
        .where(
            col(Account.sid) == sid,
            _is_seen_by(owner_sid),
            col(Account.status) != AccountStatus.CLOSED,
        )
        .values(**values)
        .returning(Account)
    )
    account: Account | None = (await db.exec(statement)).scalars().first()
    if account is None:
        if await get(db, owner_sid, sid) is None:
            raise NotFound(sid)
        raise InvalidAccountStatus(f"Account {sid} is closed; that is final.")
    if account.status == AccountStatus.CLOSED:
        await release(db, [sid])
    return account


async def change_countries(
    db: AsyncSession, sid: str, *, opened: Collection[str], closed: Collection[str]
) -> None:
    """Let an account send to some countries, and not to others; the rest stays as it is."""
    statement = select(Account).where(col(Account.sid) == sid).with_for_update()
    account = (await db.exec(statement)).one()
    account.closed_countries = sorted((set(account.closed_countries) | set(closed)) - set(opened))
    db.add(account)


async def make_secondary_token(db: AsyncSession, vault: Vault, sid: str) -> tuple[Account, str]:
    """Make a second auth token, valid beside the first; return it with the account.

    One that was there before is replaced, as at Twilio.
    """
    token = make_token()
    return await _with_tokens(db, sid, {"secondary_token_sealed": vault.seal(token)}), token


async def drop_secondary_token(db: AsyncSession, sid: str) -> None:
    """Delete the secondary auth token.

    Raises:
        NotFound: there is none.
    """
    statement = select(Account.secondary_token_sealed).where(col(Account.sid) == sid)
    if (await db.exec(statement.with_for_update())).one() is None:
        raise NotFound("/v1/AuthTokens/Secondary")
    await _with_tokens(db, sid, {"secondary_token_sealed": None})


async def promote_secondary_token(db: AsyncSession, sid: str) -> Account:
    """Make the secondary auth token the only one.

    Raises:
        NotFound: there is none.
    """
    statement = (
        update(Account)
        .where(col(Account.sid) == sid, col(Account.secondary_token_sealed).is_not(None))
        .values(
            auth_token_sealed=col(Account.secondary_token_sealed),
            secondary_token_sealed=None,
            updated_at=func.now(),
        )
        .returning(Account)
    )
    account: Account | None = (await db.exec(statement)).scalars().first()
    if account is None:
        raise NotFound("/v1/AuthTokens/Secondary")
    return account


async def _with_tokens(db: AsyncSession, sid: str, values: dict[str, str | None]) -> Account:
    statement = (
        update(Account)
        .where(col(Account.sid) == sid)
        .values(**values, updated_at=func.now())
        .returning(Account)
    )
    account: Account = (await db.exec(statement)).scalars().one()
    return account


def _is_seen_by(owner_sid: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 SQLAlchemy's own
    return or_(col(Account.sid) == owner_sid, col(Account.owner_sid) == owner_sid)
