"""Reads `Authorization: Basic`."""

import binascii
from base64 import b64decode

from smsc.errors import NotAuthenticated


def read_basic(authorization: str | None) -> tuple[str, str]:
    """Return user name and password of an `Authorization` header.

    Source: RFC 7617 §2.

    Raises:
        NotAuthenticated: there is none, or it can't be read.
    """
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        raise NotAuthenticated
    try:
        username, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise NotAuthenticated from None
    if not colon:
        raise NotAuthenticated
    return username, password
