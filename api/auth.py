"""Basic authentication of the Twilio-compatible paths: an account's tokens, or an API key."""

import hmac
from collections.abc import Mapping

from starlette.requests import Request

from api.basic_auth import read_basic
from api.bodies import header, require_storable_path
from api.deps import Services, services
from api.guesses import address_of
from api.issued_secrets import IssuedSecrets
from api.logins import Ask, Caller, Login
from api.permissions import is_allowed, is_pretended, is_reserved, permission_of
from smsc import sids
from smsc.audit import act_as
from smsc.errors import (
    AccountNotActive,
    KeyLacksPermission,
    NotAuthenticated,
    NotWithTestCredentials,
)
from smsc.errors.doors import AddressNotAllowed
from smsc.messaging.directory import AccountFacts, Directory, KeyFacts
from smsc.models import AccountStatus, KeyKind
from smsc.networks import are_home_to
from smsc.tenancy import confine_to


async def admit(request: Request) -> AccountFacts:
    """Return the account that a request acts on: of its path, or else of its credentials.

    Raises:
        NotAuthenticated, AccountNotActive, KeyLacksPermission: as `identify`.
    """
    return require_active((await identify(request)).account)


def require_active(account: AccountFacts) -> AccountFacts:
    """Return an account that may be acted on.

    Raises:
        AccountNotActive: it is suspended or closed, or its parent is.
    """
    if account.status != AccountStatus.ACTIVE:
        raise AccountNotActive(account.sid)
    return account


async def identify(request: Request) -> Caller:
    """Return who asks, though the account of the path may be suspended or closed.

    Raises:
        BadParameter: the path can name nothing.
        NotAuthenticated: no credentials, wrong ones, or another account's.
        AccountNotActive: the credentials' own account is suspended or closed.
        KeyLacksPermission: the API key may not do this.
        AddressNotAllowed: nor may it be used from there.
        TooManyGuesses: too many wrong credentials came from there lately.
        TooManyRequests: the account or the key asks faster than it may.
        NotWithTestCredentials: they neither send nor buy here.
    """
    scope = request.scope
    require_storable_path(scope)
    house = services(request)
    path_params: Mapping[str, str] = scope.get("path_params", {})
    ask = Ask(header(scope, b"authorization"), address_of(request), path_params.get("account_sid"))
    login = house.logins.find(ask)
    if login is None:
        login = await _log_in(house, ask)
    else:
        house.guesses.require_calm(ask.host, login.username)
    caller = login.caller
    act_as(login.actor)
    confine_to(login.tenant)
    scope["account_sid"] = caller.account.sid  # for `api.request_log`
    scope["key_sid"] = None if caller.key is None else caller.key.sid
    if caller.owner.is_test and not is_pretended(request.method, request.url.path):
        raise NotWithTestCredentials
    if caller.key is not None:
        if not are_home_to(caller.key.networks, ask.host):
            raise AddressNotAllowed(ask.host)
        house.last_use.note(caller.key.sid)
        _require_permission(caller.key, permission_of(request.method, request.url.path))
        if caller.key.requests_per_second is not None:
            await house.rate_limits.take(caller.key.sid, caller.key.requests_per_second)
    if caller.account.requests_per_second is not None:
        await house.rate_limits.take(caller.account.sid, caller.account.requests_per_second)
    return caller


async def _log_in(house: Services, ask: Ask) -> Login:
    """Check credentials anew.

    Raises:
        GatewayError: as `identify`.
    """
    username, password = read_basic(ask.authorization)
    house.guesses.require_calm(ask.host, username)
    try:
        owner, key = await _owner_of(house.directory, house.secrets, username, password)
    except NotAuthenticated:
        house.guesses.failed(ask.host, username)
        raise
    account = await _account_meant(house.directory, owner, ask.account_sid)
    if owner.status != AccountStatus.ACTIVE:
        raise AccountNotActive(owner.sid)
    return house.logins.keep(ask, username, Caller(owner, account, key))


async def _owner_of(
    directory: Directory, secrets: IssuedSecrets, username: str, password: str
) -> tuple[AccountFacts, KeyFacts | None]:
    """Return whose credentials these are, and the API key if they are one.

    Raises:
        NotAuthenticated: they are nobody's.
    """
    key = None
    if sids.is_sid(username, sids.Prefix.API_KEY):
        key = await directory.key(username)
        if key is None or not await secrets.matches("api_keys", key.sid, password, key.digest):
            raise NotAuthenticated
        owner = await directory.account(key.account_sid)
    else:
        owner = await directory.account(username) if _is_account(username) else None
        if owner is not None and not _has_token(owner, password):
            owner = None
    if owner is None:
        raise NotAuthenticated
    return owner, key


async def _account_meant(
    directory: Directory, owner: AccountFacts, account_sid: str | None
) -> AccountFacts:
    """Return the account of the path: the owner of the credentials, or one of its subaccounts.

    Another account's SID is answered like a wrong password, though it counts as no guess: nobody
    learns which accounts there are. A parent may act on its subaccounts, never the other way.

    Raises:
        NotAuthenticated: it is another account's.
    """
    if account_sid is None or account_sid == owner.sid:
        return owner
    account = await directory.account(account_sid) if _is_account(account_sid) else None
    if account is None or account.owner_sid != owner.sid:
        raise NotAuthenticated
    return account


def _is_account(username: str) -> bool:
    return sids.is_sid(username, sids.Prefix.ACCOUNT)


def _has_token(account: AccountFacts, password: str) -> bool:
    octets = password.encode()
    secondary = account.secondary_auth_token
    return hmac.compare_digest(account.auth_token.encode(), octets) or (
        secondary is not None and hmac.compare_digest(secondary.encode(), octets)
    )


def _require_permission(key: KeyFacts, permission: str) -> None:
    if key.kind == KeyKind.MAIN:
        return
    if key.kind == KeyKind.RESTRICTED:
        if not is_allowed(permission, key.permissions):
            raise KeyLacksPermission(f"its policy does not allow {permission}")
    elif is_reserved(permission):
        raise KeyLacksPermission("accounts, tokens and keys need the auth token or a main key")
