"""The parameters of our requests to customers' servers, and their form encoding."""

from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple
from urllib.parse import quote_plus

from smsc.sms.error_names import error_name

API_VERSION: Final = "2010-04-01"

Params = list[tuple[str, str]]


def status_callback(
    *,
    message_sid: str,
    account_sid: str,
    status: str,
    to: str,
    from_: str,
    messaging_service_sid: str | None = None,
    error_code: int | None = None,
    raw_dlr_done_date: str | None = None,
) -> Params:
    """Build the parameters that report one status of one message.

    `error_code` belongs to `failed` and `undelivered` only, and brings its name with it;
    `raw_dlr_done_date` (YYMMDDhhmm, as the receipt wrote it) to `delivered` and `undelivered`.

    Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
    """
    params = [
        ("MessageSid", message_sid),
        ("SmsSid", message_sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("To", to),
        ("From", from_),
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
    ]
    if messaging_service_sid is not None:
        params.append(("MessagingServiceSid", messaging_service_sid))
    if error_code is not None:
        params += [("ErrorCode", str(error_code)), ("ErrorMessage", error_name(error_code))]
    if raw_dlr_done_date is not None:
        params.append(("RawDlrDoneDate", raw_dlr_done_date))
    return params


def inbound(
    *,
    message_sid: str,
    account_sid: str,
    to: str,
    from_: str,
    body: str,
    num_segments: int = 1,
    messaging_service_sid: str | None = None,
    from_country: str = "",
    to_country: str = "",
    opt_out_type: str | None = None,
) -> Params:
    """Build the parameters that hand a received message to the customer.

    Countries are ISO 3166 alpha-2, or empty. City, state and postal code are never known to us;
    they are present and empty, as Twilio's are when it doesn't know them.

    Source: https://www.twilio.com/docs/messaging/guides/webhook-request
    """
    params = [
        ("MessageSid", message_sid),
        ("SmsSid", message_sid),
        ("SmsMessageSid", message_sid),
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
        ("From", from_),
        ("To", to),
        ("Body", body),
        ("SmsStatus", "received"),
        ("NumMedia", "0"),
        ("NumSegments", str(num_segments)),
        ("FromCity", ""),
        ("FromState", ""),
        ("FromZip", ""),
        ("FromCountry", from_country),
        ("ToCity", ""),
        ("ToState", ""),
        ("ToZip", ""),
        ("ToCountry", to_country),
    ]
    if messaging_service_sid is not None:
        params.append(("MessagingServiceSid", messaging_service_sid))
    if opt_out_type is not None:
        params.append(("OptOutType", opt_out_type))
    return params


def with_failure(params: Sequence[tuple[str, str]], error_code: int, error_url: str) -> Params:
    """Return the parameters of the request to the fallback URL after `error_url` failed."""
    return [*params, ("ErrorCode", str(error_code)), ("ErrorUrl", error_url)]


def _quoted(text: str) -> str:
    # SIDs, statuses, counts, names and numbers in E.164 are nearly all there is; what is left
    # (bodies, dates with hyphens) takes the slow way of a table look-up an octet.
    if text.isascii():
        if text.isalnum() or not text:
            return text
        if text[0] == "+" and text[1:].isalnum():
            return "%2B" + text[1:]
    return quote_plus(text, errors="replace")


def encode_form(params: Sequence[tuple[str, str]]) -> bytes:
    """Encode `params` in order as application/x-www-form-urlencoded, in UTF-8."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in params]).encode()


class Form(NamedTuple):
    """Parameters as they travel and as they are signed."""

    encoded: str  # application/x-www-form-urlencoded
    signed: str

    def __repr__(self) -> str:
        """Tell nothing: they hold the message."""
        return "Form(…)"


def form_of(params: Sequence[tuple[str, str]]) -> Form:
    """Return `params` in order as a form.

    They are signed in the order of their names; of a name that is repeated, the distinct values in
    order. Code points order as their UTF-8 octets do.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    encoded = "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in params])
    return Form(encoded, "".join(chain.from_iterable(sorted(set(params)))))


def status_form(
    *,
    message_sid: str,
    account_sid: str,
    status: str,
    to: str,
    from_: str,
    messaging_service_sid: str | None = None,
    error_code: int | None = None,
    raw_dlr_done_date: str | None = None,
) -> Form:
    """Return `form_of(status_callback(…))`.

    There are two of it a message: to list, sort and quote what never changes was a third of a
    callback's cost.
    """
    service = error = done = signed_service = signed_error = signed_done = ""
    if messaging_service_sid is not None:
        service = f"&MessagingServiceSid={messaging_service_sid}"
        signed_service = f"MessagingServiceSid{messaging_service_sid}"
    if error_code is not None:
        name = error_name(error_code)
        error = f"&ErrorCode={error_code}&ErrorMessage={_quoted(name)}"
        signed_error = f"ErrorCode{error_code}ErrorMessage{name}"
    if raw_dlr_done_date is not None:
        done = f"&RawDlrDoneDate={_quoted(raw_dlr_done_date)}"
        signed_done = f"RawDlrDoneDate{raw_dlr_done_date}"
    return Form(
        f"MessageSid={message_sid}&SmsSid={message_sid}&MessageStatus={status}&SmsStatus={status}"
        f"&To={_quoted(to)}&From={_quoted(from_)}&AccountSid={account_sid}"
        f"&ApiVersion={API_VERSION}{service}{error}{done}",
        f"AccountSid{account_sid}ApiVersion{API_VERSION}{signed_error}From{from_}"
        f"MessageSid{message_sid}MessageStatus{status}{signed_service}{signed_done}"
        f"SmsSid{message_sid}SmsStatus{status}To{to}",
    )
