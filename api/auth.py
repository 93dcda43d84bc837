"""Basic authentication of the Twilio-compatible paths: AccountSid and AuthToken."""

import binascii
import hmac
from base64 import b64decode

from smsc import sids
from smsc.errors import AccountNotActive, NotAuthenticated
from smsc.messaging.directory import AccountFacts, Directory
from smsc.models import AccountStatus


async def authenticate(
    directory: Directory, authorization: str | None, account_sid: str
) -> AccountFacts:
    """Return the account of the path, whose own credentials the request must carry.

    Another account's SID in the path is answered like a wrong password: nobody learns which
    accounts there are.

    Raises:
        NotAuthenticated: no credentials, wrong ones, or another account's.
        AccountNotActive: the right ones of an account that is suspended or closed.
    """
    username, password = read_basic(authorization)
    if username != account_sid or not sids.is_sid(username, sids.Prefix.ACCOUNT):
        raise NotAuthenticated
    account = await directory.account(username)
    if account is None or not hmac.compare_digest(account.auth_token.encode(), password.encode()):
        raise NotAuthenticated
    if account.status != AccountStatus.ACTIVE:
        raise AccountNotActive(account.sid)
    return account


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
