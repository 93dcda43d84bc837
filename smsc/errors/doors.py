"""Why a door stays shut for somebody whatever he knocks with."""

from smsc.errors import GatewayError


class TooManyGuesses(GatewayError):
    """Too many wrong credentials came from this address lately (429, Twilio 20429)."""

    code = 20429
    http_status = 429
    retryable = True

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "Too many wrong credentials came from your address. Mend what your program sends, "
            f"and try again in {retry_after_seconds} seconds."
        )
        self.retry_after_seconds = retry_after_seconds


class AddressNotAllowed(GatewayError):
    """The key is right, but may not be used from this address (403, Twilio 20403)."""

    code = 20403
    http_status = 403

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This key may not be used from {host or 'an unknown address'}. "
            "Add the address to the key's allowed_networks, or come from one of them."
        )
