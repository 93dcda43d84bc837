"""Refusals about messages that one request makes for many recipients."""

from smsc.errors import GatewayError


class UnusableLine(GatewayError):
    """A line of a bulk makes no message (Twilio 20001); it says how to mend it."""

    code = 20001
    http_status = 400


class TooManyRecipients(GatewayError):
    """A bulk has too many lines (Twilio 20001)."""

    code = 20001
    http_status = 400

    def __init__(self, most: int) -> None:
        super().__init__(
            f"There are more than {most} recipients: send the others as a bulk of their own. "
            "Nothing was accepted."
        )


class BulkIsOver(GatewayError):
    """A bulk whose sending has ended is neither paused, resumed nor canceled (Twilio 20409)."""

    code = 20409
    http_status = 409

    def __init__(self, status: str) -> None:
        super().__init__(f"The bulk is {status}: nothing of it waits any more.")
