"""What can be told of a draft by itself: addresses, text, URLs, times; pure."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from smsc.db import storable
from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    InvalidStatusCallback,
    SameAddress,
    SchedulingNeedsService,
    SenderRequired,
)
from smsc.errors.messages import InvalidValidity
from smsc.errors.services import SendAtOutOfRange
from smsc.messaging.accept.drafts import LONGEST_VALIDITY, Draft
from smsc.sms import address, address_rules, segments
from smsc.webhooks import kannel

SOONEST: Final = timedelta(seconds=300)
LATEST: Final = timedelta(days=35)
MOST_URL_CHARACTERS: Final = 4000  # as at Twilio
MOST_SHOWN_CHARACTERS: Final = 100  # of one that is too long


def read_draft(draft: Draft) -> tuple[str, str, str]:
    """Return a draft's addresses, normalised, and its text as it can be stored.

    The sender is empty when a messaging service is to choose it.

    Raises:
        GatewayError: the first of Twilio's refusals, in its order of checks.
    """
    if not draft.to:
        raise DestinationRequired
    if not draft.from_ and draft.messaging_service_sid is None:
        raise SenderRequired
    if not draft.body and draft.user_data is None:
        raise BodyRequired
    body = storable(draft.body or "")
    if len(body) > segments.MAX_BODY_CHARACTERS:
        raise BodyTooLong
    to = address.parse_destination(draft.to).value
    from_ = address_rules.sender(draft.from_).value if draft.from_ else ""
    if to == from_:
        raise SameAddress
    if draft.status_callback is not None:
        check_url(kannel.unwrap(draft.status_callback))
    if draft.validity is not None and not timedelta() < draft.validity <= LONGEST_VALIDITY:
        raise InvalidValidity
    return to, from_, body


def check_send_at(draft: Draft, now: datetime) -> None:
    """Check the time that a draft is scheduled for; an ESME needs no service for it, and no pause.

    Source: https://www.twilio.com/docs/messaging/features/message-scheduling

    Raises:
        SchedulingNeedsService, SendAtOutOfRange: it can't be scheduled, or not for then.
    """
    if draft.send_at is None:
        return
    if draft.smpp_credential_sid is not None:
        return
    if draft.messaging_service_sid is None:
        raise SchedulingNeedsService
    if not now + SOONEST <= draft.send_at <= now + LATEST:
        raise SendAtOutOfRange


@lru_cache(maxsize=1024)
def check_url(url: str) -> None:
    """Check that `url` can be a webhook; one that can is remembered: programs repeat theirs.

    Raises:
        InvalidStatusCallback: no absolute http(s) URL, a host name with an underscore, or over
            4000 characters.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidStatusCallback(url) from None
    if parts.scheme not in {"http", "https"} or not host or "_" in host or not url.isprintable():
        raise InvalidStatusCallback(url)
    if len(url) > MOST_URL_CHARACTERS:
        raise InvalidStatusCallback(url[:MOST_SHOWN_CHARACTERS] + "…")
