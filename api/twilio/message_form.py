"""Reads the parameters of a message to be sent, each by its rule."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from api.twilio.answers import truth
from smsc.errors import (
    BadParameter,
    DestinationRequired,
    MessagingServiceNotFound,
    SchedulingNeedsService,
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
from smsc.messaging.directory import AccountFacts
from smsc.messaging.drafts import Draft, IdempotencyKey

MOST_MEDIA: Final = 10
MOST_KEY_CHARACTERS: Final = 255

_RISK_CHECKS: Final = frozenset({"enable", "disable"})
_TRAFFIC_TYPES: Final = frozenset({"free"})


def read_draft(form: Mapping[str, str], media_urls: Sequence[str], account: AccountFacts) -> Draft:
    """Return the draft; what is wrong with its addresses and text is found when it is accepted.

    Without effect, as their values can have none here: ProvideFeedback (feedback is always taken),
    MaxPrice, Attempt, ForceDelivery, RiskCheck, TrafficType, PersistentAction, FallbackFrom.

    Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message

    Raises:
        GatewayError: a parameter is bad, or asks for what this platform doesn't do.
    """
    if not form.get("To"):
        raise DestinationRequired
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise SenderRequired
    _check_content(form, media_urls)
    service = form.get("MessagingServiceSid")
    if service:
        raise MessagingServiceNotFound(service)
    if form.get("ScheduleType") or form.get("SendAt"):
        raise SchedulingNeedsService
    _check_words(form)
    return Draft(
        account=account,
        to=form.get("To"),
        from_=form.get("From"),
        body=form.get("Body"),
        status_callback=form.get("StatusCallback") or None,
        validity=read_validity(form.get("ValidityPeriod")),
        smart_encoded=bool(truth(form, "SmartEncoded")),
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
