"""Accounts/{AccountSid}/SMS/ShortCodes: those of the account, and their webhooks."""

from typing import Final, Literal

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import Json, Method, Page2010, Rfc2822, ShortCodeSid
from api.twilio.answers import (
    form_of,
    found_at,
    json,
    list_2010,
    page_request,
    place_of,
    query_of,
    routes_2010,
    sid_of,
)
from api.twilio.rendering import API_VERSION, rfc2822
from api.twilio.webhook_fields import (
    kept_text,
    read_friendly_name,
    read_sms_fields,
    read_unused,
)
from smsc.models import PhoneNumber
from smsc.provisioning import owned_numbers
from smsc.provisioning.transaction import changing, reading

_KIND: Final = "short_code"


class ShortCodeJson(TypedDict):
    """A short code of an account."""

    account_sid: str | None
    api_version: str
    date_created: Rfc2822
    date_updated: Rfc2822
    friendly_name: str
    short_code: str
    sid: ShortCodeSid
    sms_fallback_method: Method
    sms_fallback_url: str | None
    sms_method: Method
    sms_url: str | None
    uri: str


async def list_page(request: Request) -> Page2010[Literal["short_codes"], ShortCodeJson]:
    """Return a page of the account's short codes, newest first."""
    house, account, query = services(request), await admit(request), query_of(request)
    async with reading(house.database) as db:
        window = await owned_numbers.page(
            db,
            account.sid,
            place_of(page_request(request)),
            kind=_KIND,
            contains=query.get("ShortCode") or None,
            friendly_name=query.get("FriendlyName") or None,
        )
    return list_2010(request, "short_codes", window, render, ("FriendlyName", "ShortCode"))


async def fetch(request: Request) -> Json[ShortCodeJson]:
    """Return a short code."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        code = await owned_numbers.get(db, account.sid, sid_of(request))
    return json(render(_code(request, code)))


async def update(request: Request) -> Json[ShortCodeJson]:
    """Change a short code's name and webhooks."""
    house, account, form = services(request), await admit(request), await form_of(request)
    values, unused = read_friendly_name(form) | read_sms_fields(form), read_unused(form)
    async with changing(house.database, house.bells.announce_change) as db:
        sid = sid_of(request)
        _code(request, await owned_numbers.get(db, account.sid, sid))
        code = await owned_numbers.change(db, account.sid, sid, values, unused)
    return json(render(code))


def render(code: PhoneNumber) -> ShortCodeJson:
    """Return a short code as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/short-code-resource
    """
    path = f"/{API_VERSION}/Accounts/{code.account_sid}/SMS/ShortCodes/{code.sid}"
    return {
        "account_sid": code.account_sid,
        "api_version": kept_text(code.unused, "api_version") or API_VERSION,
        "date_created": rfc2822(code.created_at),
        "date_updated": rfc2822(code.updated_at),
        "friendly_name": code.friendly_name,
        "short_code": code.phone_number,
        "sid": code.sid,
        "sms_fallback_method": code.sms_fallback_method,
        "sms_fallback_url": code.sms_fallback_url,
        "sms_method": code.sms_method,
        "sms_url": code.sms_url,
        "uri": f"{path}.json",
    }


def _code(request: Request, code: PhoneNumber | None) -> PhoneNumber:
    code = found_at(request, code)
    return found_at(request, code if code.kind == _KIND else None)


_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/SMS/ShortCodes"
ROUTES: Final = [
    *routes_2010(_COLLECTION, GET=list_page),
    *routes_2010(_COLLECTION + "/{sid}", POST=update, GET=fetch),
]
