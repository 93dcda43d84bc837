"""Refusals of the Verify API."""

from smsc.errors import GatewayError


class InvalidVerifyParameter(GatewayError):
    """A parameter of Verify is bad (Twilio 60200)."""

    code = 60200
    http_status = 400

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Invalid parameter `{name}`: {why}")


class ChecksUsedUp(GatewayError):
    """A code was checked too often (Twilio 60202)."""

    code = 60202
    http_status = 429

    def __init__(self) -> None:
        super().__init__("Max check attempts reached")


class SendsUsedUp(GatewayError):
    """A code was sent too often (Twilio 60203)."""

    code = 60203
    http_status = 429

    def __init__(self) -> None:
        super().__init__("Max send attempts reached")


class Landline(GatewayError):
    """The number gets no SMS (Twilio 60205)."""

    code = 60205
    http_status = 403

    def __init__(self) -> None:
        super().__init__("SMS is not supported by landline phone number")


class VerifiedConcurrently(GatewayError):
    """Two requests began to verify one number at once (Twilio 60212)."""

    code = 60212
    http_status = 429

    def __init__(self) -> None:
        super().__init__("Too many concurrent requests for phone number")


class VerificationBlocked(GatewayError):
    """Numbers like `To` are shut to the account's codes for a time (Twilio 60410)."""

    code = 60410
    http_status = 403

    def __init__(self, to: str) -> None:
        super().__init__(
            f"The attempt to send a code to {to} is blocked: codes to numbers like it looked like "
            "traffic pumping. The block ends by itself; your carrier can lift it."
        )
