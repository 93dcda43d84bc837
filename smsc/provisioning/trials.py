"""Accounts on trial: approved, upgraded, and the numbers that they may write to."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.errors import Conflict
from smsc.models import Account, AccountStatus, Membership, MembershipState, Role, User
from smsc.provisioning import accounts

MOST_OWN_NUMBERS: Final = 20


async def approve(db: AsyncSession, carrier_sid: str, sid: str) -> Account:
    """Let an account on trial that waits for it begin.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        Conflict: it isn't on trial, or doesn't wait.
    """
    account = await accounts.get(db, carrier_sid, sid)
    if account.trial_since is None or account.status != AccountStatus.SUSPENDED:
        raise Conflict("The account doesn't wait for an approval.")
    return await _change(db, sid, status=AccountStatus.ACTIVE)


async def upgrade(db: AsyncSession, carrier_sid: str, sid: str) -> Account:
    """End an account's trial, with its limits: the carrier may set others.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        Conflict: it isn't on trial.
    """
    account = await accounts.get(db, carrier_sid, sid)
    if account.trial_since is None:
        raise Conflict("The account is not on trial.")
    return await _change(
        db,
        sid,
        status=AccountStatus.ACTIVE,
        trial_since=None,
        only_recipients=None,
        text_prefix=None,
        messages_per_day=None,
        spend_per_month=None,
    )


async def add_own_number(db: AsyncSession, carrier_sid: str, sid: str, number: str) -> Account:
    """Let an account write to a number that was confirmed.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        Conflict: it may write to all, or has as many as it may.
    """
    account = await accounts.get(db, carrier_sid, sid)
    numbers = require_limited(account)
    if number not in numbers and len(numbers) >= MOST_OWN_NUMBERS:
        raise Conflict(f"An account on trial has at most {MOST_OWN_NUMBERS} numbers of its own.")
    return await _change(db, sid, only_recipients=sorted({*numbers, number}))


async def remove_own_number(db: AsyncSession, carrier_sid: str, sid: str, number: str) -> Account:
    """Let an account write to a number no longer.

    Raises:
        NotFound, Conflict: as `add_own_number`.
    """
    account = await accounts.get(db, carrier_sid, sid)
    numbers = require_limited(account)
    return await _change(db, sid, only_recipients=sorted({*numbers} - {number}))


def require_limited(account: Account) -> Sequence[str]:
    """Return the numbers that an account may write to.

    Raises:
        Conflict: it may write to all.
    """
    if account.only_recipients is None:
        raise Conflict("The account may write to any number.")
    return account.only_recipients


async def limited(
    db: AsyncSession, carrier_sid: str, account_sids: Sequence[str] | None
) -> list[Account]:
    """Return those of some accounts, None: of all, that write to their own numbers alone."""
    statement = select(Account).where(
        col(Account.carrier_sid) == carrier_sid,
        col(Account.only_recipients).is_not(None),
        col(Account.status) != AccountStatus.CLOSED,
    )
    if account_sids is not None:
        statement = statement.where(col(Account.sid).in_(account_sids))
    return list((await db.exec(statement.order_by(col(Account.friendly_name)))).all())


async def owners(db: AsyncSession, sid: str) -> Sequence[User]:
    """Return who owns an account, to be told."""
    statement = (
        select(User)
        .join(Membership, col(Membership.user_sid) == col(User.sid))
        .where(col(Membership.account_sid) == sid, col(Membership.role) == Role.OWNER.value)
    )
    return (await db.exec(statement)).all()


async def keepers(db: AsyncSession, carrier_sid: str) -> Sequence[User]:
    """Return the owners of a carrier, to be told who waits."""
    statement = (
        select(User)
        .join(Membership, col(Membership.user_sid) == col(User.sid))
        .where(
            col(Membership.carrier_sid) == carrier_sid,
            col(Membership.account_sid).is_(None),
            col(Membership.role) == Role.OWNER.value,
            col(Membership.state) == MembershipState.ACTIVE.value,
        )
    )
    return (await db.exec(statement)).all()


async def _change(db: AsyncSession, sid: str, **values: object) -> Account:
    statement = (
        update(Account)
        .where(col(Account.sid) == sid)
        .values(**values, updated_at=func.now())
        .returning(Account)
        .execution_options(populate_existing=True)
    )
    changed: Account = (await db.exec(statement)).scalars().one()
    return changed
