"""Reads the parameters of a bulk, which stand in the query: its body is the recipients."""

import hashlib
from collections.abc import Mapping
from typing import Final

from api.twilio.answers import truth
from api.twilio.message_form import read_idempotency_key, read_validity
from smsc.errors import BadParameter, BodyRequired, SenderRequired, UnsupportedMediaType
from smsc.messaging.accept.bulk import BulkDraft
from smsc.messaging.accept.recipients import Format
from smsc.messaging.accept.template import Template
from smsc.messaging.directory import AccountFacts
from smsc.models import Lane

_KNOWN: Final = frozenset(
    {
        *("From", "MessagingServiceSid", "Body", "Lane", "ValidityPeriod", "SmartEncoded"),
        *("StatusCallback", "Paused"),
    }
)
_JSON_LINES: Final = frozenset({Format.JSON_LINES, "application/jsonl", "application/x-jsonlines"})
_STATUSES: Final = ("paused", "sending", "canceled")


def media_type_of(content_type: str | None) -> Format:
    """Return how the recipients are written.

    Raises:
        UnsupportedMediaType: neither JSON lines nor CSV.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type in _JSON_LINES:
        return Format.JSON_LINES
    if media_type == Format.CSV:
        return Format.CSV
    raise UnsupportedMediaType(f"{Format.JSON_LINES} or {Format.CSV}")


def read_bulk_draft(
    query: Mapping[str, str], account: AccountFacts, key: str | None, request: bytes
) -> BulkDraft:
    """Return the draft; `request` is what the request is known by, when `key` comes again.

    Raises:
        GatewayError: a parameter is missing, bad or unknown.
    """
    unknown = sorted(query.keys() - _KNOWN)
    if "SendAt" in query or "ScheduleType" in query:
        raise BadParameter(
            "A bulk is not scheduled: create it with Paused=true, and post Status=sending to it "
            "when it is time."
        )
    if unknown:
        raise BadParameter(
            f"{unknown[0]!r} is no parameter of a bulk; it has {', '.join(sorted(_KNOWN))}."
        )
    if not query.get("From") and not query.get("MessagingServiceSid"):
        raise SenderRequired
    if not query.get("Body"):
        raise BodyRequired
    return BulkDraft(
        account=account,
        from_=query.get("From") or None,
        messaging_service_sid=query.get("MessagingServiceSid") or None,
        template=Template(query["Body"]),
        lane=_lane(query.get("Lane")),
        validity=read_validity(query.get("ValidityPeriod")),
        smart_encoded=truth(query, "SmartEncoded"),
        status_callback=query.get("StatusCallback") or None,
        paused=bool(truth(query, "Paused")),
        idempotency_key=read_idempotency_key(key, hashlib.sha256(request).digest()),
    )


def read_status(form: Mapping[str, str]) -> str:
    """Return what a bulk shall be.

    Raises:
        BadParameter: nothing that it can be told to be.
    """
    status = form.get("Status", "")
    if status not in _STATUSES:
        raise BadParameter("'Status' must be paused, sending (which resumes) or canceled.")
    return status


def read_line(text: str | None) -> int | None:
    """Return the line after which a page of rejections begins.

    Raises:
        BadParameter: no number.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadParameter("'AfterLine' must be the number of a line.")
    return int(text)


def _lane(text: str | None) -> Lane:
    if not text:
        return Lane.BULK
    try:
        return Lane[text.upper()]
    except KeyError:
        names = ", ".join(lane.name.lower() for lane in Lane)
        raise BadParameter(f"'Lane' must be one of {names}.") from None
