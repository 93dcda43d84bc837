"""What can keep an embedded server from running."""

from smsc.errors import GatewayError


class EmbeddedServerError(GatewayError):
    """An embedded server can't be made, started or found; the message says what to do."""
