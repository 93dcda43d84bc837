"""What test credentials get: Twilio's magic numbers decide, nothing is stored, charged or sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from smsc import sids
from smsc.errors import (
    GatewayError,
    InvalidAreaCode,
    InvalidDestination,
    InvalidPhoneNumber,
    InvalidSender,
    NoNumberInArea,
    NoRoute,
    NumberNotAvailable,
    QueueFull,
    SenderNotOwned,
)
from smsc.errors.messages import NotMobile, RegionNotEnabled
from smsc.errors.services import OptedOut
from smsc.messaging.accept.draft_rules import read_draft
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.reading.queries import StoredMessage
from smsc.models import PhoneNumber
from smsc.sms import segments
from smsc.sms.status import MessageStatus

_SENDER: Final = "+15005550006"
_FOR_SALE: Final = "+15005550006"
_AREA: Final = "500"


def pretend_to_send(draft: Draft) -> StoredMessage:
    """Return what a message's creator would be told, or refuse it as its numbers say.

    Source: https://www.twilio.com/docs/iam/test-credentials

    Raises:
        GatewayError: what the magic number stands for, or what is wrong with the draft.
    """
    to, from_, body = read_draft(draft)
    sender_refusals: dict[str, GatewayError] = {
        "+15005550001": InvalidSender(from_),
        "+15005550008": QueueFull(),
    }
    refusals: dict[str, GatewayError] = {
        "+15005550001": InvalidDestination(to),
        "+15005550002": NoRoute(to),
        "+15005550003": RegionNotEnabled(to),
        "+15005550004": OptedOut(),
        "+15005550009": NotMobile(to),
    }
    if from_ != _SENDER:
        raise sender_refusals.get(from_, SenderNotOwned(from_))
    if to in refusals:
        raise refusals[to]
    now = datetime.now(UTC)
    return StoredMessage(
        sid=sids.make(sids.Prefix.MESSAGE),
        account_sid=draft.account.sid,
        direction=draft.direction.value,
        status=MessageStatus.QUEUED.value,
        to=to,
        from_=from_,
        body=body,
        num_segments=segments.plan(body).count,
        error_code=None,
        created_at=now,
        updated_at=now,
        sent_at=None,
    )


def pretend_to_buy(
    account_sid: str,
    carrier_sid: str,
    phone_number: str | None,
    area_code: str | None,
    values: Mapping[str, object],
) -> PhoneNumber:
    """Return the number that would be bought, which is not stored; `values` are columns of it.

    Raises:
        InvalidPhoneNumber, NumberNotAvailable, NoNumberInArea, InvalidAreaCode: as the magic
            numbers say.
    """
    if phone_number:
        if phone_number == "+15005550000":
            raise NumberNotAvailable(phone_number)
        if phone_number != _FOR_SALE:
            raise InvalidPhoneNumber(phone_number)
    elif area_code != _AREA:
        raise NoNumberInArea(area_code) if area_code else InvalidAreaCode("")
    now = datetime.now(UTC)
    number = phone_number or _FOR_SALE
    return PhoneNumber.model_validate(
        {
            "sid": sids.make(sids.Prefix.PHONE_NUMBER),
            "carrier_sid": carrier_sid,
            "account_sid": account_sid,
            "phone_number": number,
            "friendly_name": number,
            "iso_country": "US",
            "created_at": now,
            "updated_at": now,
            **values,
        }
    )
