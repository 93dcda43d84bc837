"""Refusals of what a message asks for, or of what is asked of it afterwards."""

from smsc.errors import GatewayError


class AlreadyAccepted(GatewayError):
    """The idempotency key was used for another request (Twilio 20409)."""

    code = 20409
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used within 24 hours for a request with another body."
        )


class InvalidMediaUrl(GatewayError):
    """A `MediaUrl` is no http(s) URL (Twilio 21620)."""

    code = 21620
    http_status = 400

    def __init__(self, url: str) -> None:
        super().__init__(f"The MediaUrl {url!r} is not a valid http or https URL.")


class TooManyMedia(GatewayError):
    """Over ten `MediaUrl` (Twilio 21623)."""

    code = 21623
    http_status = 400

    def __init__(self, most: int) -> None:
        super().__init__(f"A message has {most} MediaUrl at most.")


class MediaNotSupported(GatewayError):
    """Media can't be sent: SMPP carries SMS (Twilio 21612)."""

    code = 21612
    http_status = 400

    def __init__(self) -> None:
        super().__init__(
            "The 'To' number cannot be reached with media: this platform sends SMS, no MMS. "
            "Send a link in 'Body'."
        )


class InvalidValidity(GatewayError):
    """`ValidityPeriod` is out of range (Twilio 21624)."""

    code = 21624
    http_status = 400

    def __init__(self) -> None:
        super().__init__("'ValidityPeriod' must be a number of seconds from 1 to 36000.")


class ContentRequired(GatewayError):
    """`ContentVariables` without `ContentSid` (Twilio 21654)."""

    code = 21654
    http_status = 400

    def __init__(self) -> None:
        super().__init__("A 'ContentSid' is required with 'ContentVariables'.")


class InvalidContent(GatewayError):
    """`ContentSid` names no template: there are none here (Twilio 21655)."""

    code = 21655
    http_status = 400

    def __init__(self, content_sid: str) -> None:
        super().__init__(
            f"The ContentSid {content_sid!r} is not valid: this platform keeps no templates. "
            "Send the text as 'Body'."
        )


class InvalidContentRetention(GatewayError):
    """`ContentRetention` other than `retain` (Twilio 30029)."""

    code = 30029
    http_status = 400

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"ContentRetention {wanted!r} is not offered: only 'retain'. "
            "A finished message can be redacted or deleted."
        )


class InvalidAddressRetention(GatewayError):
    """`AddressRetention` other than `retain` (Twilio 30030)."""

    code = 30030
    http_status = 400

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"AddressRetention {wanted!r} is not offered: only 'retain'. "
            "A finished message can be deleted."
        )


class BadMessageUpdate(GatewayError):
    """Neither `Body=` (empty) nor `Status=canceled`, or both (Twilio 30400)."""

    code = 30400
    http_status = 400

    def __init__(self) -> None:
        super().__init__(
            "Send either an empty 'Body', which redacts, or Status=canceled, which cancels; "
            "not both, and nothing else."
        )


class NotCancelable(GatewayError):
    """Only a scheduled message can be canceled (Twilio 30409)."""

    code = 30409
    http_status = 409

    def __init__(self, status: str) -> None:
        super().__init__(f"The message is {status}: only a scheduled one can be canceled.")


class NotFinished(GatewayError):
    """The message is still on its way (Twilio 20009)."""

    code = 20009
    http_status = 409

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The message is {status}: it can be redacted or deleted once its sending is finished."
        )


class BalanceUsedUp(GatewayError):
    """The account can't pay for the message (Twilio 20005)."""

    code = 20005
    http_status = 403

    def __init__(self) -> None:
        super().__init__("The account's balance is used up; nothing was accepted.")


class RegionNotEnabled(GatewayError):
    """The account may not send to the country of `To` (Twilio 21408)."""

    code = 21408
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(
            "Permission to send an SMS has not been enabled for the region of the 'To' number "
            f"{to!r}."
        )


class NotMobile(GatewayError):
    """`To` gets no SMS, by its kind (Twilio 21614)."""

    code = 21614
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(f"The 'To' number {to!r} is not a mobile number.")
