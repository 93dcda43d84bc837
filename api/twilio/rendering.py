"""Messages as Twilio's JSON has them: order, types, dates."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from api.twilio.answer_types import AccountSid, Amount, MessageSid, Number, Rfc2822, ServiceSid
from smsc.messaging.edits import Feedback
from smsc.messaging.reading.queries import StoredMessage
from smsc.sms.error_names import error_name
from smsc.sms.status import MessageStatus

_UNCHOSEN: Final = frozenset({"accepted", "scheduled"})  # no sender is chosen yet
API_VERSION: Final = "2010-04-01"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("", "Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

Status = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in MessageStatus]})]

MessageJson = TypedDict(
    "MessageJson",
    {
        "body": str,
        "num_segments": Number,
        "direction": str,
        "from": str | None,
        "to": str,
        "date_updated": Rfc2822,
        "price": Amount | None,
        "error_message": str | None,
        "uri": str,
        "account_sid": AccountSid,
        "num_media": Number,
        "status": Status,
        "messaging_service_sid": ServiceSid | None,
        "sid": MessageSid,
        "date_sent": Rfc2822 | None,
        "date_created": Rfc2822,
        "error_code": int | None,
        "price_unit": str | None,
        "api_version": str,
        "subresource_uris": dict[str, str],
    },
)


class FeedbackJson(TypedDict):
    """What the customer reported of a message."""

    account_sid: AccountSid
    message_sid: MessageSid
    outcome: str
    date_created: Rfc2822
    date_updated: Rfc2822
    uri: str


def rfc2822(moment: datetime) -> str:
    """Write a moment as `Thu, 24 Aug 2023 05:01:45 +0000`.

    An answer has it two or three times, and the next one of the same second, too.
    """
    return _rfc2822((moment - _EPOCH) // _SECOND)


@lru_cache(maxsize=256)
def _rfc2822(second: int) -> str:
    moment = _EPOCH + second * _SECOND
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month]} {moment.year:04d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} +0000"
    )


def messages_path(account_sid: str) -> str:
    """Return the path of an account's messages."""
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages"


def message(stored: StoredMessage) -> MessageJson:
    """Return a message as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/message-resource
    """
    path = f"{messages_path(stored.account_sid)}/{stored.sid}"
    sent_at = stored.sent_at
    if sent_at is None and stored.direction == "inbound":
        sent_at = stored.created_at
    return {
        "body": stored.body,
        "num_segments": str(stored.num_segments),
        "direction": stored.direction,
        "from": None if stored.status in _UNCHOSEN else stored.from_ or None,
        "to": stored.to,
        "date_updated": rfc2822(stored.updated_at),
        "price": None if stored.price is None else _money(stored.price),
        "error_message": None if stored.error_code is None else error_name(stored.error_code),
        "uri": f"{path}.json",
        "account_sid": stored.account_sid,
        "num_media": "0",
        "status": stored.status,
        "messaging_service_sid": stored.messaging_service_sid,
        "sid": stored.sid,
        "date_sent": None if sent_at is None else rfc2822(sent_at),
        "date_created": rfc2822(stored.created_at),
        "error_code": stored.error_code,
        "price_unit": stored.price_unit,
        "api_version": API_VERSION,
        "subresource_uris": {"media": f"{path}/Media.json", "feedback": f"{path}/Feedback.json"},
    }


def _money(amount: Decimal) -> str:
    """Write an amount with five decimals, or six where it has them."""
    return f"{amount:.5f}" if amount == round(amount, 5) else f"{amount:.6f}"


def feedback(given: Feedback) -> FeedbackJson:
    """Return a message's feedback as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/message-feedback-resource
    """
    path = f"{messages_path(given.account_sid)}/{given.message_sid}"
    return {
        "account_sid": given.account_sid,
        "message_sid": given.message_sid,
        "outcome": given.outcome,
        "date_created": rfc2822(given.created_at),
        "date_updated": rfc2822(given.updated_at),
        "uri": f"{path}/Feedback.json",
    }
