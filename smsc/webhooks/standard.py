"""Signatures of Standard Webhooks, by which a carrier's programs know that an event is ours.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_OCTETS: Final = 32  # the specification asks for 24 to 64
_SCHEME: Final = "v1"

Headers = tuple[tuple[str, str], ...]


def make_secret() -> str:
    """Make a secret as the libraries of receivers take it."""
    return PREFIX + b64encode(secrets.token_bytes(_SECRET_OCTETS)).decode()


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, HMAC-SHA256 of id, time and body; `timestamp` is in Unix seconds."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return f"{_SCHEME},{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def headers(secrets_: Sequence[str], event_id: str, timestamp: int, body: bytes) -> Headers:
    """Return what goes with a body: a signature by each secret, so that one can be rotated out."""
    signatures = " ".join(sign(one, event_id, timestamp, body) for one in secrets_)
    return (
        ("Content-Type", "application/json"),
        ("webhook-id", event_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signatures),
    )
