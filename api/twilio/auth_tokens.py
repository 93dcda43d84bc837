"""AuthTokens of the accounts v1 API: the rotation of an account's auth token."""

from typing import Final

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import AccountSid, Created, Gone, Iso8601, Json, Url
from api.twilio.answers import created, here, iso8601, json, no_content, routes
from smsc.models import Account
from smsc.provisioning import subaccounts
from smsc.provisioning.transaction import changing


class _TokenJson(TypedDict):
    account_sid: AccountSid
    date_created: Iso8601
    date_updated: Iso8601
    url: Url


class SecondaryTokenJson(_TokenJson):
    """A token that authenticates beside the first."""

    secondary_auth_token: str


class PromotedTokenJson(_TokenJson):
    """The token that authenticates alone."""

    auth_token: str


async def create_secondary(request: Request) -> Created[SecondaryTokenJson]:
    """Make a second token; both authenticate until one is promoted or deleted."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        changed, token = await subaccounts.make_secondary_token(db, house.vault, account.sid)
    return created(SecondaryTokenJson(**_render(request, changed), secondary_auth_token=token))


async def delete_secondary(request: Request) -> Gone:
    """Delete the second token."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await subaccounts.drop_secondary_token(db, account.sid)
    return no_content()


async def promote(request: Request) -> Json[PromotedTokenJson]:
    """Make the second token the only one."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        changed = await subaccounts.promote_secondary_token(db, account.sid)
    token = house.vault.open(changed.auth_token_sealed)
    return json(PromotedTokenJson(**_render(request, changed), auth_token=token))


def _render(request: Request, account: Account) -> _TokenJson:
    return {
        "account_sid": account.sid,
        "date_created": iso8601(account.created_at),
        "date_updated": iso8601(account.updated_at),
        "url": here(request),
    }


ROUTES: Final = [
    *routes("/v1/AuthTokens/Secondary", POST=create_secondary, DELETE=delete_secondary),
    *routes("/v1/AuthTokens/Promote", POST=promote),
]
