"""Self sign-up: a carrier's offer, who asks, and what the link of their mail makes."""

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from smsc import sids
from smsc.db import Database
from smsc.errors import BadParameter
from smsc.models import (
    Account,
    AccountStatus,
    Membership,
    Role,
    SignUp,
    SignUpPolicy,
    User,
    VerifyService,
)
from smsc.provisioning import accounts
from smsc.provisioning.accounts import AccountDraft, Messages, Spend
from smsc.provisioning.fields import FriendlyName, Input, Label
from smsc.provisioning.listing import found
from smsc.provisioning.users import Email
from smsc.vault import Vault, digest_key

LASTS: Final = timedelta(days=1)
AGAIN_AFTER: Final = timedelta(minutes=2)  # a mail to one address
_TOKEN_OCTETS: Final = 32


class PolicyDraft(Input):
    """What a carrier offers to whoever comes by; null: no limit, no text."""

    enabled: bool = False
    needs_approval: bool = False
    messages_per_day: Messages = 50
    spend_per_month: Spend = Decimal(10)
    own_numbers_only: bool = True
    verify_service_sid: str | None = None  # null: the carrier confirms numbers itself
    text_prefix: Annotated[Label, Field(min_length=1)] | None = None


class SignUpDraft(Input):
    """Who wants an account."""

    email: Email
    organisation: FriendlyName


async def policy(db: AsyncSession, carrier_sid: str) -> SignUpPolicy:
    """Return a carrier's offer; one that never made one offers nothing."""
    known = await db.get(SignUpPolicy, carrier_sid, populate_existing=True)
    fields = PolicyDraft().model_dump()
    return known or SignUpPolicy(carrier_sid=carrier_sid, **fields)


async def set_policy(db: AsyncSession, carrier_sid: str, draft: PolicyDraft) -> SignUpPolicy:
    """Change what a carrier offers; accounts that are there stay as they are.

    Raises:
        BadParameter: the Verify service isn't one of the carrier's.
    """
    if draft.verify_service_sid is not None:
        service = await db.get(VerifyService, draft.verify_service_sid)
        if service is None or service.carrier_sid != carrier_sid:
            raise BadParameter("verify_service_sid: the carrier has no such Verify service.")
    fields = draft.model_dump()
    await db.exec(
        insert(SignUpPolicy)
        .values(carrier_sid=carrier_sid, **fields)
        .on_conflict_do_update(
            index_elements=["carrier_sid"], set_=fields | {"updated_at": func.now()}
        )
    )
    return await policy(db, carrier_sid)


async def ask(
    db: AsyncSession, carrier_sid: str, draft: SignUpDraft, locale: str | None
) -> str | None:
    """Note who asks, and return their mail's token; None: they had a mail just now.

    The links of earlier mails end.
    """
    await db.exec(delete(SignUp).where(col(SignUp.expires_at) <= func.now()))
    theirs = col(SignUp.carrier_sid) == carrier_sid, col(SignUp.email) == draft.email
    lately = select(SignUp.digest).where(*theirs, col(SignUp.created_at) > func.now() - AGAIN_AFTER)
    if (await db.exec(lately)).first() is not None:
        return None
    await db.exec(delete(SignUp).where(*theirs))
    token = secrets.token_urlsafe(_TOKEN_OCTETS)
    db.add(
        SignUp(
            digest=digest_key(token),
            carrier_sid=carrier_sid,
            email=draft.email,
            organisation=draft.organisation,
            locale=locale,
            expires_at=datetime.now(UTC) + LASTS,
        )
    )
    await db.flush()
    return token


async def person(db: AsyncSession, carrier_sid: str, email: str) -> User | None:
    """Return who has this address at the carrier already."""
    statement = select(User).where(col(User.carrier_sid) == carrier_sid, col(User.email) == email)
    return (await db.exec(statement)).first()


async def asked(db: AsyncSession, token: str) -> SignUp:
    """Return who has this token.

    Raises:
        NotFound: nobody, or nobody any more.
    """
    statement = select(SignUp).where(
        col(SignUp.digest) == digest_key(token), col(SignUp.expires_at) > func.now()
    )
    return found((await db.exec(statement)).first(), "link")


async def finish(
    db: AsyncSession, vault: Vault, token: str, *, name: str, password_hash: str
) -> Account:
    """Make the account with the trial's limits, and its owner; once.

    Raises:
        NotFound: the token is nobody's any more, or the carrier offers nothing any more.
    """
    statement = (
        delete(SignUp)
        .where(col(SignUp.digest) == digest_key(token), col(SignUp.expires_at) > func.now())
        .returning(SignUp)
    )
    one: SignUp = found((await db.exec(statement)).scalars().first(), "link")
    offer = await policy(db, one.carrier_sid)
    found(offer if offer.enabled else None, "link")
    draft = AccountDraft(
        friendly_name=one.organisation,
        messages_per_day=offer.messages_per_day,
        spend_per_month=offer.spend_per_month,
    )
    account = await accounts.create(db, vault, one.carrier_sid, draft)
    await _limit(db, account, offer)
    user = User(
        sid=sids.make(sids.Prefix.USER),
        carrier_sid=one.carrier_sid,
        email=one.email,
        name=name,
        password_hash=password_hash,
        locale=one.locale,
    )
    db.add(user)
    await db.flush()
    db.add(
        Membership(
            sid=sids.make(sids.Prefix.MEMBERSHIP),
            carrier_sid=one.carrier_sid,
            user_sid=user.sid,
            account_sid=account.sid,
            role=Role.OWNER.value,
        )
    )
    await db.flush()
    return account


async def confirming(database: Database, carrier_sid: str) -> VerifyService | None:
    """Return the Verify service that confirms trials' numbers: another account's than theirs."""
    async with database.single() as connection:
        row = await connection.fetchrow(_CONFIRMING, carrier_sid)
    return None if row is None else VerifyService.model_validate(dict(row))


_CONFIRMING: Final = """
SELECT v.sid, v.carrier_sid, v.account_sid, v.friendly_name, v.code_length,
       v.skip_sms_to_landlines, v.do_not_share_warning_enabled, v.custom_code_enabled,
       v.created_at, v.updated_at
FROM verify_services v JOIN sign_up_policies p ON p.verify_service_sid = v.sid
WHERE p.carrier_sid = $1 AND v.carrier_sid = $1
"""


async def _limit(db: AsyncSession, account: Account, offer: SignUpPolicy) -> None:
    status = AccountStatus.SUSPENDED if offer.needs_approval else AccountStatus.ACTIVE
    await db.exec(
        update(Account)
        .where(col(Account.sid) == account.sid)
        .values(
            trial_since=func.now(),
            status=status,
            only_recipients=[] if offer.own_numbers_only else None,
            text_prefix=offer.text_prefix,
        )
    )
    await db.refresh(account)
