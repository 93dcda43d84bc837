"""`/carrier/v1/api_keys`: keys that a carrier makes for its accounts, main ones too."""

from fastapi import APIRouter
from pydantic import Field

from api.carrier.auth import Carrier, CarrierRoute, House
from api.carrier.lists import ListView, Paging
from api.carrier.views import ApiKeyView, IssuedApiKeyView
from api.permissions import is_known
from smsc.errors import BadParameter
from smsc.models import KeyKind
from smsc.provisioning import accounts, api_keys
from smsc.provisioning.accounts import Rate
from smsc.provisioning.fields import Input, Label, Network
from smsc.provisioning.transaction import changing, reading

router = APIRouter(prefix="/api_keys", route_class=CarrierRoute, tags=["api_keys"])


class ApiKeyDraft(Input):
    """A key to be made for an account."""

    account_sid: str
    friendly_name: Label = ""
    kind: KeyKind = KeyKind.STANDARD
    requests_per_second: Rate = None
    permissions: list[str] = Field(default_factory=list, max_length=api_keys.MOST_PERMISSIONS)
    allowed_networks: list[Network] = Field(default_factory=list, max_length=100)


@router.post("", status_code=201)
async def create(house: House, carrier: Carrier, draft: ApiKeyDraft) -> IssuedApiKeyView:
    """Make a key; its secret is shown this once."""
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, carrier, draft.account_sid)
        if unknown := [name for name in draft.permissions if not is_known(name)]:
            raise BadParameter(f"{unknown[0]!r} is no permission here.")
        issued = await api_keys.create(
            db,
            carrier,
            draft.account_sid,
            friendly_name=draft.friendly_name,
            kind=draft.kind,
            permissions=list(draft.permissions),
            requests_per_second=draft.requests_per_second,
            allowed_networks=draft.allowed_networks,
        )
    return IssuedApiKeyView.issued(issued)


@router.get("")
async def list_page(
    house: House, carrier: Carrier, asked: Paging, account_sid: str | None = None
) -> ListView[ApiKeyView]:
    """List the keys of accounts, of one account if so asked."""
    async with reading(house.database) as db:
        page = await api_keys.of_carrier(
            db, carrier, limit=asked.limit, after=asked.after, account_sid=account_sid
        )
    return asked.render(page, ApiKeyView.of)


@router.delete("/{account_sid}/{sid}", status_code=204)
async def delete(house: House, carrier: Carrier, account_sid: str, sid: str) -> None:
    """Revoke a key of an account."""
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, carrier, account_sid)
        await api_keys.remove(db, account_sid, sid)
