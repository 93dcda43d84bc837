"""Turns the verbs of a webhook's answer into messages: a reply is an ordinary outbound message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from smsc import sids
from smsc.db import Database
from smsc.errors import GatewayError, InvalidDestination, InvalidSender, SenderNotOwned
from smsc.errors.messages import MediaNotSupported
from smsc.errors.services import OptedOut
from smsc.messaging.accept.drafts import Accepted, Callback, Draft
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import AccountFacts
from smsc.models import Direction
from smsc.routing.table import Way
from smsc.webhooks.delivery import DueWebhook
from smsc.webhooks.twiml import MessageVerb

log = structlog.get_logger()

LATEST: Final = timedelta(hours=1)  # after the message came; a reply that is later only confuses
TOO_LATE: Final = 11200  # the nearest of Twilio's codes: no usable answer came
# Two programs that answer each other would do so for ever.
# Source: https://www.twilio.com/docs/api/errors/14107
LOOP: Final = 14107
MOST_REPLIES: Final = 15
LOOP_SPAN: Final = timedelta(seconds=30)
# What is wrong with an attribute of the TwiML has a code of its own.
# Source: https://www.twilio.com/docs/api/errors/14101, 14102.
_ATTRIBUTES: Final[dict[type[GatewayError], int]] = {
    InvalidDestination: 14101,
    InvalidSender: 14102,
    SenderNotOwned: 14102,
}
NO_MEDIA: Final = "This platform sends SMS, no MMS."


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that may be committed, and the way it goes."""

    message: Accepted
    way: Way


async def check(
    database: Database,
    outbound: Outbound,
    account: AccountFacts,
    webhook: DueWebhook,
    verbs: Iterable[MessageVerb],
    now: datetime,
) -> tuple[list[Reply], list[tuple[int, str]]]:
    """Return the replies that the verbs ask for, unwritten, and why any can't be: code and text.

    Without `to` a reply goes to the sender, without `from` it comes from the number. Of what would
    make a loop between the two, 15 replies within 30 seconds are sent.
    """
    if now - webhook.message_created_at > LATEST:
        return [], [(TOO_LATE, "The answer came over an hour after the message: not sent.")]
    recent, has_opted_out = await _look(database, webhook, now)
    room = MOST_REPLIES - recent
    replies: list[Reply] = []
    refusals: list[tuple[int, str]] = []
    for verb in verbs:
        if len(replies) >= room:
            refusals.append((LOOP, "Over 15 replies between two numbers within 30 s: not sent."))
            break
        if has_opted_out and (verb.to is None or verb.to == webhook.from_):
            refusals.append((OptedOut.code, OptedOut().message))
            continue
        if verb.media:
            refusals.append((MediaNotSupported.code, f"<Media> is left out. {NO_MEDIA}"))
            if not verb.body:
                continue
        draft = Draft(
            account=account,
            to=verb.to or webhook.from_,
            from_=verb.from_ or webhook.to,
            body=verb.body,
            direction=Direction.OUTBOUND_REPLY,
            status_callback=verb.status_callback,
            action=Callback(verb.action, verb.method.value) if verb.action else None,
        )
        try:
            replies.append(Reply(*await outbound.check(draft)))
        except GatewayError as refusal:
            code = _ATTRIBUTES.get(type(refusal), refusal.code)
            log.warning("reply.refused", message_sid=webhook.message_sid, code=code)
            refusals.append((code, refusal.message))
    return replies, refusals


async def _look(database: Database, webhook: DueWebhook, now: datetime) -> tuple[int, bool]:
    """Return how many replies the pair had of late, and whether the sender has just opted out.

    What it has just asked for may be newer than what the directory keeps.
    """
    async with database.single() as connection:
        row = await connection.fetchrow(
            _LOOK,
            webhook.account_sid,
            webhook.from_,
            sids.first_of(sids.Prefix.MESSAGE, now - LOOP_SPAN),
            webhook.to,
            Direction.OUTBOUND_REPLY.value,
            MOST_REPLIES,
            webhook.messaging_service_sid or webhook.to,
        )
    return (0, False) if row is None else (row[0], row[1])


_LOOK: Final = """
SELECT (
  SELECT count(*) FROM (
    SELECT FROM messages
    WHERE account_sid = $1 AND to_ = $2 AND sid >= $3 AND from_ = $4 AND direction = $5
    LIMIT $6
  ) AS recent
), EXISTS (SELECT FROM opt_outs WHERE account_sid = $1 AND scope = $7 AND handset = $2)
"""
