"""Every failure that we expect: Twilio's code, the HTTP status, and whether to try again."""

from typing import ClassVar


class GatewayError(Exception):
    """A failure with facts. The doors translate it; nobody catches it to hide it."""

    code: ClassVar[int] = 20500
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        """What the caller reads."""
        return str(self)


class SettingError(GatewayError):
    """A setting is missing or wrong; the message names it and how to mend it."""


class BadParameter(GatewayError):
    """A parameter is missing or unusable (Twilio 20001)."""

    code = 20001
    http_status = 400


class NotAuthenticated(GatewayError):
    """No credentials, or wrong ones (Twilio 20003)."""

    code = 20003
    http_status = 401

    def __init__(self, why: str = "Authenticate") -> None:
        super().__init__(why)


class AccountNotActive(GatewayError):
    """The account is suspended or closed (Twilio 20005)."""

    code = 20005
    http_status = 401

    def __init__(self, account_sid: str) -> None:
        super().__init__(f"Account {account_sid} is not active.")


class KeyLacksPermission(GatewayError):
    """The API key is genuine and may not do this (Twilio 20003)."""

    code = 20003
    http_status = 403

    def __init__(self, what: str) -> None:
        super().__init__(f"This API key may not do this: {what}.")


class NotWithTestCredentials(GatewayError):
    """Test credentials send and buy in pretence, and do nothing else (Twilio 20008)."""

    code = 20008
    http_status = 403

    def __init__(self) -> None:
        super().__init__("This resource can't be used with test credentials.")


class AccessDenied(GatewayError):
    """The account is genuine and may not do this (Twilio 20006)."""

    code = 20006
    http_status = 403


class InvalidAccountStatus(GatewayError):
    """No status that the account can get (Twilio 21475)."""

    code = 21475
    http_status = 400


class ParentSuspended(GatewayError):
    """A subaccount of an account that is not active (Twilio 21476)."""

    code = 21476
    http_status = 400


class NotFound(GatewayError):
    """Nothing there that the caller may see (Twilio 20404)."""

    code = 20404
    http_status = 404

    def __init__(self, resource: str) -> None:
        super().__init__(f"The requested resource {resource} was not found")


class MethodNotAllowed(GatewayError):
    """The path exists, the method on it does not (Twilio 20004)."""

    code = 20004
    http_status = 405

    def __init__(self, method: str) -> None:
        super().__init__(f"Method {method} is not allowed here.")


class Conflict(GatewayError):
    """The change contradicts what is there (Twilio 20409)."""

    code = 20409
    http_status = 409


class RequestTooLarge(GatewayError):
    """The request's body passes what we read (HTTP 413)."""

    code = 20001
    http_status = 413

    def __init__(self, most_octets: int) -> None:
        super().__init__(f"The request body exceeds {most_octets} octets.")


class UnsupportedMediaType(GatewayError):
    """The request's body is in a format that this path doesn't read (HTTP 415)."""

    code = 20001
    http_status = 415

    def __init__(self, wanted: str) -> None:
        super().__init__(f"Send the request body with Content-Type: {wanted}.")


class InvalidDestination(GatewayError):
    """`To` is not a number we can reach (Twilio 21211)."""

    code = 21211
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(f"The 'To' number {to!r} is not a valid phone number.")
        self.to = to


class InvalidSender(GatewayError):
    """`From` is no phone number, short code or sender ID (Twilio 21212)."""

    code = 21212
    http_status = 400

    def __init__(self, sender: str) -> None:
        super().__init__(
            f"The 'From' {sender!r} is not a valid phone number, short code or sender ID."
        )


class SameAddress(GatewayError):
    """`To` and `From` are one number (Twilio 21266)."""

    code = 21266
    http_status = 400

    def __init__(self) -> None:
        super().__init__("'To' and 'From' number cannot be the same.")


class BodyRequired(GatewayError):
    """Neither `Body` nor media (Twilio 21602)."""

    code = 21602
    http_status = 400

    def __init__(self) -> None:
        super().__init__("Message body is required.")


class SenderRequired(GatewayError):
    """Neither `From` nor `MessagingServiceSid` (Twilio 21603)."""

    code = 21603
    http_status = 400

    def __init__(self) -> None:
        super().__init__("A 'From' or 'MessagingServiceSid' parameter is required.")


class DestinationRequired(GatewayError):
    """No `To` (Twilio 21604)."""

    code = 21604
    http_status = 400

    def __init__(self) -> None:
        super().__init__("A 'To' phone number is required.")


class InvalidPhoneNumber(GatewayError):
    """What shall join the inventory is no number, short code or sender ID (Twilio 21421)."""

    code = 21421
    http_status = 400

    def __init__(self, phone_number: str) -> None:
        super().__init__(
            f"{phone_number!r} is no phone number like +85512345678, no short code (3 to 8 digits) "
            "and no sender ID (1 to 11 letters and digits, one letter at least)."
        )


class InvalidUrl(GatewayError):
    """A webhook is not an absolute http(s) URL (Twilio 21402)."""

    code = 21402
    http_status = 400

    def __init__(self, name: str, url: str) -> None:
        super().__init__(f"{name} {url!r} is not a valid http or https URL.")


class NumberNotAvailable(GatewayError):
    """The number is not for sale (Twilio 21422)."""

    code = 21422
    http_status = 400

    def __init__(self, phone_number: str) -> None:
        super().__init__(f"The number {phone_number} is not available.")


class InvalidAreaCode(GatewayError):
    """An area code has three digits (Twilio 21451)."""

    code = 21451
    http_status = 400

    def __init__(self, area_code: str) -> None:
        super().__init__(f"{area_code!r} is no area code.")


class NoNumberInArea(GatewayError):
    """No number with the area code is for sale (Twilio 21452)."""

    code = 21452
    http_status = 400

    def __init__(self, area_code: str) -> None:
        super().__init__(f"No number with the area code {area_code} is available.")


class SenderNotOwned(GatewayError):
    """`From` is not the account's (Twilio 21606)."""

    code = 21606
    http_status = 400

    def __init__(self, sender: str) -> None:
        super().__init__(
            f"The 'From' {sender!r} is not a phone number, short code or sender ID of your account "
            "that can send to this destination."
        )


class InvalidStatusCallback(GatewayError):
    """`StatusCallback` is not an absolute http(s) URL (Twilio 21609)."""

    code = 21609
    http_status = 400

    def __init__(self, url: str) -> None:
        super().__init__(f"The StatusCallback URL {url!r} is not a valid http or https URL.")


class TooManyRequests(GatewayError):
    """The account or the key asks faster than it may (Twilio 20429)."""

    code = 20429
    http_status = 429
    retryable = True

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("Too many requests: this account or key asks faster than it may.")
        self.retry_after_seconds = max(1, retry_after_seconds)


class QueueFull(GatewayError):
    """The sender has too much waiting (Twilio 21611)."""

    code = 21611
    http_status = 429
    retryable = True

    def __init__(self) -> None:
        super().__init__("Too many messages are waiting to be sent; try again later.")


class NoRoute(GatewayError):
    """No route leads to `To` (Twilio 21612)."""

    code = 21612
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(f"The 'To' number {to!r} cannot be reached: no route leads to it.")


class BodyTooLong(GatewayError):
    """The body passes 1600 characters (Twilio 21617)."""

    code = 21617
    http_status = 400

    def __init__(self) -> None:
        super().__init__("The message body exceeds the 1600 character limit.")


class MessagingServiceNotFound(GatewayError):
    """`MessagingServiceSid` names no service of the account (Twilio 21701)."""

    code = 21701
    http_status = 404

    def __init__(self, sid: str) -> None:
        super().__init__(f"The Messaging Service {sid!r} does not exist.")


class SchedulingNeedsService(GatewayError):
    """`ScheduleType` or `SendAt` without a `MessagingServiceSid` (Twilio 35118)."""

    code = 35118
    http_status = 400

    def __init__(self) -> None:
        super().__init__("A 'MessagingServiceSid' is required to schedule a message.")


class ServiceUnavailable(GatewayError):
    """The database is away or overloaded; nothing was accepted."""

    code = 20500
    http_status = 503
    retryable = True

    def __init__(self, why: str = "Unavailable; nothing was accepted. Try again.") -> None:
        super().__init__(why)
