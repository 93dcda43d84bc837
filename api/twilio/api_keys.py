"""API keys: Accounts/{AccountSid}/Keys, its older name SigningKeys, and iam's /v1/Keys."""

from collections.abc import Mapping
from typing import Final, Literal, NotRequired

import orjson
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.permissions import is_known
from api.twilio.answer_types import Created, Gone, Json, KeySid, Page2010, PageV1, Rfc2822
from api.twilio.answers import (
    created,
    form_of,
    found_at,
    json,
    list_2010,
    list_v1,
    no_content,
    page_request,
    place_of,
    query_of,
    routes,
    routes_2010,
    sid_of,
)
from api.twilio.rendering import rfc2822
from smsc.errors import BadParameter, NotAuthenticated
from smsc.messaging.directory import AccountFacts
from smsc.models import ApiKey, KeyKind
from smsc.provisioning import api_keys
from smsc.provisioning.listing import Window
from smsc.provisioning.transaction import changing, reading

_MOST_NAME: Final = 64
_FLAGS: Final = ("rest_api", "signing")  # what every key is good for, in iam's words


class PolicyJson(TypedDict):
    """What a restricted key may do."""

    allow: list[str]


class KeyJson(TypedDict):
    """A key of an account; iam shows its policy too, but not in lists."""

    sid: KeySid
    friendly_name: str
    date_created: Rfc2822
    date_updated: Rfc2822
    policy: NotRequired[PolicyJson | None]


class ListedIamKeyJson(KeyJson):
    """A key of an account, as iam lists it."""

    flags: list[str]


class IssuedKeyJson(KeyJson):
    """A new key with its secret."""

    secret: str


async def create(request: Request) -> Created[IssuedKeyJson]:
    """Make a key: the only answer that has its secret."""
    account, form = await _account(request), await form_of(request)
    account = await _named_account(request, account, form)
    permissions = _policy(form)
    kind = KeyKind.STANDARD
    if _is_iam(request) and form.get("KeyType", "").lower() == KeyKind.RESTRICTED:
        kind = KeyKind.RESTRICTED
    elif form.get("KeyType"):
        raise BadParameter("KeyType must be restricted, or be left out.")
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await api_keys.create(
            db,
            account.carrier_sid,
            account.sid,
            friendly_name=_name(form) or "",
            kind=kind,
            permissions=permissions,
        )
    shown: IssuedKeyJson = {**_render(request, issued.key), "secret": issued.secret}
    return created(shown)


async def list_keys(request: Request) -> Page2010[Literal["keys"], KeyJson]:
    """Return a page of an account's keys, newest first."""
    return list_2010(request, "keys", await _window(request), _common)


async def list_signing_keys(
    request: Request,
) -> Page2010[Literal["signing_keys"], KeyJson]:
    """Return a page of an account's keys, newest first, under their older name."""
    return list_2010(request, "signing_keys", await _window(request), _common)


async def list_iam_keys(request: Request) -> PageV1[Literal["keys"], ListedIamKeyJson]:
    """Return a page of an account's keys, newest first."""
    return list_v1(request, "keys", await _window(request), _listed_by_iam, ("AccountSid",))


async def fetch(request: Request) -> Json[KeyJson]:
    """Return a key, without its secret."""
    house, account = services(request), await _account(request)
    async with reading(house.database) as db:
        key = await api_keys.get(db, account.sid, sid_of(request))
    return json(_render(request, found_at(request, key)))


async def update(request: Request) -> Json[KeyJson]:
    """Rename a key, or change a restricted one's policy."""
    house, account, form = services(request), await _account(request), await form_of(request)
    async with changing(house.database, house.bells.announce_change) as db:
        key = await api_keys.change(
            db,
            account.sid,
            sid_of(request),
            friendly_name=_name(form),
            permissions=_policy(form),
        )
    return json(_render(request, key))


async def delete(request: Request) -> Gone:
    """Revoke a key: nobody gets in with it two seconds later."""
    house, account = services(request), await _account(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await api_keys.remove(db, account.sid, sid_of(request))
    return no_content()


async def _window(request: Request) -> Window[ApiKey]:
    house, account = services(request), await _account(request)
    account = await _named_account(request, account, query_of(request))
    async with reading(house.database) as db:
        return await api_keys.page(db, account.sid, place_of(page_request(request)))


async def _account(request: Request) -> AccountFacts:
    return await admit(request)


async def _named_account(
    request: Request, account: AccountFacts, fields: Mapping[str, str]
) -> AccountFacts:
    """Return the account that iam's `AccountSid` names: the caller's, or a subaccount of it."""
    sid = fields.get("AccountSid")
    if not _is_iam(request) or sid == account.sid:
        return account
    if not sid:
        raise BadParameter("'AccountSid' is required.")
    named = await services(request).directory.account(sid)
    if named is None or named.owner_sid != account.sid:
        raise NotAuthenticated
    return named


def _is_iam(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def _name(form: Mapping[str, str]) -> str | None:
    name = form.get("FriendlyName")
    if name is not None and len(name) > _MOST_NAME:
        raise BadParameter(f"FriendlyName has more than {_MOST_NAME} characters.")
    return name


def _policy(form: Mapping[str, str]) -> list[str] | None:
    """Read a policy such as `{"allow": ["/twilio/messaging/messages/create"]}`."""
    text = form.get("Policy")
    if not text:
        return None
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    allowed = policy.get("allow") if isinstance(policy, dict) else None
    if not isinstance(allowed, list) or len(allowed) > api_keys.MOST_PERMISSIONS:
        raise BadParameter(
            'Policy must be JSON like {"allow": ["/twilio/messaging/messages/create"]}, with '
            f"{api_keys.MOST_PERMISSIONS} permissions at most."
        )
    for permission in allowed:
        if not isinstance(permission, str) or not is_known(permission):
            raise BadParameter(f"Policy allows {permission!r}, which is no permission here.")
    return allowed


def _common(key: ApiKey) -> KeyJson:
    return {
        "sid": key.sid,
        "friendly_name": key.friendly_name,
        "date_created": rfc2822(key.created_at),
        "date_updated": rfc2822(key.updated_at),
    }


def _listed_by_iam(key: ApiKey) -> ListedIamKeyJson:
    return {**_common(key), "flags": list(_FLAGS)}


def _render(request: Request, key: ApiKey) -> KeyJson:
    shown = _common(key)
    if _is_iam(request):
        is_restricted = key.kind == KeyKind.RESTRICTED
        shown["policy"] = {"allow": key.permissions} if is_restricted else None
    return shown


_ACCOUNT: Final = "/2010-04-01/Accounts/{account_sid}"
ROUTES: Final = [
    *(
        route
        for name, list_page in (("Keys", list_keys), ("SigningKeys", list_signing_keys))
        for route in (
            *routes_2010(f"{_ACCOUNT}/{name}", POST=create, GET=list_page),
            *routes_2010(f"{_ACCOUNT}/{name}/{{sid}}", POST=update, GET=fetch, DELETE=delete),
        )
    ),
    *routes("/v1/Keys", POST=create, GET=list_iam_keys),
    *routes("/v1/Keys/{sid}", POST=update, GET=fetch, DELETE=delete),
]
