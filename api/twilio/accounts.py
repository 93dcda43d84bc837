"""Accounts: the account itself and its subaccounts."""

from datetime import UTC, datetime
from typing import Final, Literal

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import identify
from api.deps import services
from api.logins import Caller
from api.twilio.answer_types import AccountSid, Created, Json, Page2010, Rfc2822
from api.twilio.answers import (
    created,
    form_of,
    found_at,
    json,
    list_2010,
    page_request,
    place_of,
    query_of,
    routes_2010,
)
from api.twilio.rendering import API_VERSION, rfc2822
from smsc.errors import AccessDenied, BadParameter
from smsc.models import Account, AccountStatus
from smsc.provisioning import subaccounts
from smsc.provisioning.transaction import changing, reading
from smsc.vault import Vault

_MOST_NAME: Final = 64
_SUBRESOURCES: Final = (
    *("addresses", "Addresses"),
    *("available_phone_numbers", "AvailablePhoneNumbers"),
    *("applications", "Applications"),
    *("balance", "Balance"),
    *("incoming_phone_numbers", "IncomingPhoneNumbers"),
    *("keys", "Keys"),
    *("messages", "Messages"),
    *("notifications", "Notifications"),
    *("short_codes", "SMS/ShortCodes"),
    *("signing_keys", "SigningKeys"),
    *("usage", "Usage"),
)


class AccountJson(TypedDict):
    """An account."""

    auth_token: str
    date_created: Rfc2822
    date_updated: Rfc2822
    friendly_name: str
    owner_account_sid: AccountSid
    sid: AccountSid
    status: AccountStatus
    subresource_uris: dict[str, str]
    type: str
    uri: str


async def create(request: Request) -> Created[AccountJson]:
    """Make a subaccount of the account whose credentials these are."""
    house = services(request)
    owner = (await identify(request)).owner
    name = _name(await form_of(request))
    if owner.owner_sid is not None:
        raise AccessDenied("A subaccount can't have subaccounts.")
    name = name or f"SubAccount Created at {datetime.now(UTC):%Y-%m-%d %I:%M %p}"
    async with changing(house.database, house.bells.announce_change) as db:
        account = await subaccounts.create(db, house.vault, owner.sid, name)
    return created(render(account, house.vault))


async def list_page(request: Request) -> Page2010[Literal["accounts"], AccountJson]:
    """Return a page of accounts: the caller's and its subaccounts, newest first."""
    house = services(request)
    owner = (await identify(request)).owner
    query = query_of(request)
    async with reading(house.database) as db:
        window = await subaccounts.page(
            db,
            owner.sid,
            place_of(page_request(request)),
            friendly_name=query.get("FriendlyName") or None,
            status=query.get("Status") or None,
        )
    return list_2010(
        request,
        "accounts",
        window,
        lambda account: render(account, house.vault),
        ("FriendlyName", "Status"),
    )


async def fetch(request: Request) -> Json[AccountJson]:
    """Return an account, suspended and closed ones too."""
    house = services(request)
    caller = await _of_path(request)
    async with reading(house.database) as db:
        account = await subaccounts.get(db, caller.owner.sid, caller.account.sid)
    return json(render(found_at(request, account), house.vault))


async def update(request: Request) -> Json[AccountJson]:
    """Rename an account, or suspend, reactivate or close a subaccount."""
    house = services(request)
    caller = await _of_path(request)
    form = await form_of(request)
    name, status = _name(form), form.get("Status") or None
    async with changing(house.database, house.bells.announce_change) as db:
        account = await subaccounts.change(
            db, caller.owner.sid, caller.account.sid, name, status and status.lower()
        )
    return json(render(account, house.vault))


def render(account: Account, vault: Vault) -> AccountJson:
    """Return an account as JSON has it.

    Source: https://www.twilio.com/docs/iam/api/account
    """
    path = f"/{API_VERSION}/Accounts/{account.sid}"
    pairs = zip(_SUBRESOURCES[::2], _SUBRESOURCES[1::2], strict=True)
    return {
        "auth_token": vault.open(account.auth_token_sealed),
        "date_created": rfc2822(account.created_at),
        "date_updated": rfc2822(account.updated_at),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner_sid or account.sid,
        "sid": account.sid,
        "status": account.status,
        "subresource_uris": {name: f"{path}/{part}.json" for name, part in pairs},
        "type": "Full",
        "uri": f"{path}.json",
    }


async def _of_path(request: Request) -> Caller:
    request.path_params["account_sid"] = request.path_params["account_sid"].removesuffix(".json")
    return await identify(request)


def _name(form: dict[str, str]) -> str | None:
    name = form.get("FriendlyName") or None
    if name is not None and len(name) > _MOST_NAME:
        raise BadParameter(f"FriendlyName has more than {_MOST_NAME} characters.")
    return name


ROUTES: Final = [
    *routes_2010("/2010-04-01/Accounts", POST=create, GET=list_page),
    *routes_2010("/2010-04-01/Accounts/{account_sid}", POST=update, GET=fetch),
]
