"""Reads the parameters of a message to be sent, each by its rule."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from api.twilio.answers import truth
from smsc.errors import (
    BadParameter,
    DestinationRequired,
    SenderRequired,
)
from smsc.errors.messages import (
    ContentRequired,
    InvalidAddressRetention,
    InvalidContent,
    InvalidContentRetention,
    InvalidMediaUrl,
    InvalidValidity,
    MediaNotSupported,
    TooManyMedia,
)
from smsc.errors.services import SendAtRequired
from smsc.messaging.accept.drafts import Draft, IdempotencyKey
from smsc.messaging.directory import AccountFacts

MOST_MEDIA: Final = 10
MOST_KEY_CHARACTERS: Final = 255

# In a form of these alone there is nothing to be checked but what is read.
_USUAL: Final = frozenset({"To", "From", "Body", "StatusCallback", "MessagingServiceSid"})
_RISK_CHECKS: Final = frozenset({"enable", "disable"})
_TRAFFIC_TYPES: Final = frozenset({"free"})


def read_draft(form: Mapping[str, str], media_urls: Sequence[str], account: AccountFacts) -> Draft:
    """Return the draft; what is wrong with its addresses and text is found when it is accepted.

    Without effect, as their values can have none here: ProvideFeedback (feedback is always taken),
    MaxPrice, Attempt, ForceDelivery, TrafficType, PersistentAction, FallbackFrom.

    Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message

    Raises:
        GatewayError: a parameter is bad, or asks for what this platform doesn't do.
    """
    if not form.get("To"):
        raise DestinationRequired
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise SenderRequired
    if media_urls or not form.keys() <= _USUAL:
        _check_content(form, media_urls)
        _check_words(form)
    return Draft(
        account=account,
        to=form.get("To"),
        from_=form.get("From"),
        body=form.get("Body"),
        messaging_service_sid=form.get("MessagingServiceSid") or None,
        application_sid=form.get("ApplicationSid") or None,
        send_at=read_send_at(form),
        status_callback=form.get("StatusCallback") or None,
        validity=read_validity(form.get("ValidityPeriod")),
        smart_encoded=truth(form, "SmartEncoded"),
        is_trusted=form.get("RiskCheck") == "disable",
    )


def read_idempotency_key(header: str | None, body: bytes) -> IdempotencyKey | None:
    """Return the key of an `Idempotency-Key` header, with what the request's body is known by.

    Raises:
        BadParameter: it is empty or too long.
    """
    if header is None:
        return None
    key = header.strip()
    if not 0 < len(key) <= MOST_KEY_CHARACTERS or not key.isprintable():
        raise BadParameter(
            f"Idempotency-Key must have 1 to {MOST_KEY_CHARACTERS} printable characters."
        )
    return IdempotencyKey(key, hashlib.sha256(body).digest())


def read_send_at(form: Mapping[str, str]) -> datetime | None:
    """Return when a message is to be sent; None: now.

    Raises:
        SendAtRequired: it is to be scheduled for no time.
        BadParameter: no time, or no type of schedule that there is.
    """
    kind, text = form.get("ScheduleType"), form.get("SendAt")
    if not kind and not text:
        return None
    if kind and kind.lower() != "fixed":
        raise BadParameter("'ScheduleType' must be fixed.")
    if not kind:
        raise BadParameter("'SendAt' needs ScheduleType=fixed.")
    if not text:
        raise SendAtRequired
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadParameter("'SendAt' must be a time like 2026-01-31T12:00:00Z.") from None


def read_validity(text: str | None) -> timedelta | None:
    """Read a number of seconds; whether it is in the range is asked at the accept.

    Raises:
        InvalidValidity: no number.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise InvalidValidity
    return timedelta(seconds=int(text))


def _check_content(form: Mapping[str, str], media_urls: Sequence[str]) -> None:
    """Refuse what is no text: media, and templates, of which there are none."""
    if form.get("ContentSid"):
        raise InvalidContent(form["ContentSid"])
    if form.get("ContentVariables"):
        raise ContentRequired
    if len(media_urls) > MOST_MEDIA:
        raise TooManyMedia(MOST_MEDIA)
    for url in media_urls:
        if not _is_url(url):
            raise InvalidMediaUrl(url)
    if media_urls or truth(form, "SendAsMms"):
        raise MediaNotSupported


def _check_words(form: Mapping[str, str]) -> None:
    """Check what changes nothing here, so that a mistake in it is seen at once."""
    if form.get("ContentRetention", "retain") not in {"", "retain"}:
        raise InvalidContentRetention(form["ContentRetention"])
    if form.get("AddressRetention", "retain") not in {"", "retain"}:
        raise InvalidAddressRetention(form["AddressRetention"])
    if truth(form, "ShortenUrls"):
        raise BadParameter("'ShortenUrls' needs a link-shortening domain; this platform has none.")
    truth(form, "ProvideFeedback")
    if form.get("RiskCheck") and form["RiskCheck"] not in _RISK_CHECKS:
        raise BadParameter("'RiskCheck' must be enable or disable.")
    if form.get("TrafficType") and form["TrafficType"] not in _TRAFFIC_TYPES:
        raise BadParameter("'TrafficType' must be free.")
    if form.get("Attempt") and not _is_number(form["Attempt"]):
        raise BadParameter("'Attempt' must be a whole number.")
    if form.get("MaxPrice") and not _is_number(form["MaxPrice"].replace(".", "", 1)):
        raise BadParameter("'MaxPrice' must be a decimal number.")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
