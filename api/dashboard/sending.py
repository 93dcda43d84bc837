"""Sends a message for a person: the same accept as the API's, within what they reach."""

import hashlib

from api import metrics
from api.dashboard.visitors import Visitor, require
from api.deps import Services
from smsc import audit, sids
from smsc.audit import Deed
from smsc.errors import AccountNotActive
from smsc.errors.messages import AlreadyAccepted
from smsc.messaging.accept import beside
from smsc.messaging.accept.drafts import Draft, IdempotencyKey
from smsc.messaging.directory import AccountFacts
from smsc.models import AccountStatus


async def account_of(house: Services, visitor: Visitor, account_sid: str) -> AccountFacts:
    """Return an account that somebody may send for.

    Raises:
        NotFound: they may not, or there is no such account.
        AccountNotActive: it is suspended or closed.
    """
    require(visitor.reach.may_send_for(account_sid), account_sid)
    account = await house.directory.account(account_sid)
    require(account is not None and account.carrier_sid == visitor.reach.carrier_sid, account_sid)
    assert account is not None  # noqa: S101 narrowed above
    if account.status != AccountStatus.ACTIVE:
        raise AccountNotActive(account_sid)
    return account


async def send(
    house: Services,
    visitor: Visitor,
    account_sid: str,
    *,
    to: str,
    sender: str,
    body: str,
    smart_encoded: bool = False,
    key: str = "",
    again: str | None = None,
) -> str:
    """Accept a message and return its SID; a form that is sent twice sends one message.

    `sender` is a number, a sender ID, or a messaging service's SID; `again`, the message of which
    this is a copy. The audit log says who sent it, right behind it.

    Raises:
        NotFound, AccountNotActive: as `account_of`.
        GatewayError: the accept's refusal.
    """
    account = await account_of(house, visitor, account_sid)
    is_service = sids.is_sid(sender, sids.Prefix.MESSAGING_SERVICE)
    draft = Draft(
        account=account,
        to=to,
        from_=None if is_service else sender,
        messaging_service_sid=sender if is_service else None,
        body=body.replace("\r\n", "\n"),  # as a browser writes lines in a form
        smart_encoded=smart_encoded,
        idempotency_key=_key(visitor, key, to, sender, body) if key else None,
    )
    try:
        accepted = await house.outbound.accept(draft)
    except AlreadyAccepted:
        earlier = await beside.earlier_request(house.confined, account.sid, f"form:{key}")
        if earlier is None:
            raise
        return earlier.message_sid
    metrics.messages_accepted.inc()
    deed = Deed("sent", "message", accepted.sid, account.sid)
    if again is not None:
        deed = Deed("resent", "message", again, account.sid, facts={"as": accepted.sid})
    async with house.confined.begin() as connection:
        await audit.note_on(connection, deed)
    return accepted.sid


def _key(visitor: Visitor, key: str, *what: str) -> IdempotencyKey:
    digest = hashlib.sha256("\0".join((visitor.user.sid, *what)).encode()).digest()
    return IdempotencyKey(f"form:{key}", digest)
