"""Turns the verbs of a webhook's answer into messages: a reply is an ordinary outbound message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from smsc.errors import GatewayError
from smsc.messaging.directory import AccountFacts
from smsc.messaging.outbound import Accepted, Draft, Outbound
from smsc.models import Direction
from smsc.routing.table import Way
from smsc.webhooks.delivery import DueWebhook
from smsc.webhooks.twiml import MessageVerb

log = structlog.get_logger()

LATEST: Final = timedelta(hours=1)  # after the message came; a reply that is later only confuses
TOO_LATE: Final = 11200  # the nearest of Twilio's codes: no usable answer came


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that may be committed, and the way it goes."""

    message: Accepted
    way: Way


async def check(
    outbound: Outbound,
    account: AccountFacts,
    webhook: DueWebhook,
    verbs: Iterable[MessageVerb],
    now: datetime,
) -> tuple[list[Reply], list[tuple[int, str]]]:
    """Return the replies that the verbs ask for, unwritten, and why any can't be: code and text.

    Without `to` a reply goes to the sender, without `from` it comes from the number.
    """
    if now - webhook.message_created_at > LATEST:
        return [], [(TOO_LATE, "The answer came over an hour after the message: not sent.")]
    replies, refusals = [], []
    for verb in verbs:
        draft = Draft(
            account=account,
            to=verb.to or webhook.from_,
            from_=verb.from_ or webhook.to,
            body=verb.body,
            direction=Direction.OUTBOUND_REPLY,
            status_callback=verb.status_callback or verb.action,
        )
        try:
            replies.append(Reply(*await outbound.check(draft)))
        except GatewayError as refusal:
            log.warning("reply.refused", message_sid=webhook.message_sid, code=refusal.code)
            refusals.append((refusal.code, refusal.message))
    return replies, refusals
