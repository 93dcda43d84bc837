"""Refusals that protect an account from those who have its credentials or its forms."""

from decimal import Decimal

from smsc.errors import GatewayError


class MessagesCapReached(GatewayError):
    """The account handed in all the messages that it may on one day (Twilio 63038)."""

    code = 63038
    http_status = 429

    def __init__(self, account_sid: str, most: int) -> None:
        super().__init__(
            f"Account {account_sid} exceeded the {most} daily messages limit that its carrier set; "
            "nothing was accepted. The next day begins at 00:00 UTC."
        )


class SpendCapReached(GatewayError):
    """The message would cost more than the account may spend in a day or month (Twilio 20005)."""

    code = 20005
    http_status = 403

    def __init__(self, account_sid: str, most: Decimal, period: str) -> None:
        amount = f"{most.normalize():f}"
        super().__init__(
            f"Account {account_sid} may spend {amount} a day, as its carrier set, "
            "and this would be more; nothing was accepted. The next day begins at 00:00 UTC."
            if period == "day"
            else f"Account {account_sid} may spend {amount} a month, as its carrier set, "
            "and this would be more; nothing was accepted. The next month begins at 00:00 UTC."
        )


class AccountQuarantined(GatewayError):
    """The account may read and receive, and send nothing (Twilio 20005)."""

    code = 20005
    http_status = 403

    def __init__(self, account_sid: str, why: str) -> None:
        super().__init__(
            f"Account {account_sid} is in quarantine ({why}): it can send nothing, what waits is "
            "held. Its carrier can lift it."
        )


class PrefixBlocked(GatewayError):
    """Numbers like `To` are shut to the account for a time: likely pumping (Twilio 30450)."""

    code = 30450
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(
            f"Numbers like {to!r} get nothing from this account for now: what was sent to them "
            "looked like traffic pumping. Send RiskCheck=disable with a message that you know to "
            "be genuine, or ask your carrier to lift the block."
        )


class RecipientUnverified(GatewayError):
    """An account on trial may write to numbers that it has confirmed alone (Twilio 21608)."""

    code = 21608
    http_status = 400

    def __init__(self, to: str) -> None:
        super().__init__(
            f"The number {to!r} is unverified. An account on trial may write to its own numbers "
            "alone: confirm it on the dashboard, or ask your carrier to upgrade the account."
        )
