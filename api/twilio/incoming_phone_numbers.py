"""Accounts/{AccountSid}/IncomingPhoneNumbers: bought, changed, moved, given back."""

from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit, identify, require_active
from api.deps import services
from api.twilio.answer_types import (
    Created,
    Gone,
    Json,
    Method,
    NumberSid,
    Page2010,
    Rfc2822,
)
from api.twilio.answers import (
    created,
    form_of,
    found_at,
    json,
    list_2010,
    no_content,
    page_request,
    place_of,
    query_of,
    routes_2010,
    sid_of,
)
from api.twilio.rendering import API_VERSION, rfc2822
from api.twilio.webhook_fields import (
    kept_flag,
    kept_text,
    read_friendly_name,
    read_method,
    read_sms_fields,
    read_unused,
    read_url,
)
from smsc.errors import BadParameter
from smsc.messaging.accept import magic
from smsc.models import NumberType, PhoneNumber
from smsc.provisioning import owned_numbers
from smsc.provisioning.transaction import changing, reading

_FILTERS: Final = ("PhoneNumber", "FriendlyName", "Beta", "Origin")
_HOSTED: Final = "hosted"
_ORIGINS: Final = ("twilio", _HOSTED)
_TYPES: Final = {
    "Local": NumberType.LOCAL,
    "Mobile": NumberType.MOBILE,
    "TollFree": NumberType.TOLL_FREE,
}


class CapabilitiesJson(TypedDict):
    """What a number can do."""

    voice: bool
    sms: bool
    mms: bool
    fax: bool


CAPABILITIES: Final[CapabilitiesJson] = {"voice": False, "sms": True, "mms": False, "fax": False}


class NumberJson(TypedDict):
    """A number of an account; URLs and SIDs that are not set are empty."""

    account_sid: str | None
    address_requirements: str
    address_sid: str
    api_version: str
    beta: bool
    bundle_sid: str | None
    capabilities: CapabilitiesJson
    date_created: Rfc2822
    date_updated: Rfc2822
    emergency_address_sid: str | None
    emergency_address_status: str
    emergency_status: str
    friendly_name: str
    identity_sid: str
    origin: str
    phone_number: str
    sid: NumberSid
    sms_application_sid: str
    sms_fallback_method: Method
    sms_fallback_url: str
    sms_method: Method
    sms_url: str
    status: str
    status_callback: str
    status_callback_method: Method
    subresource_uris: dict[str, str]
    trunk_sid: str | None
    type: str
    uri: str
    voice_application_sid: str
    voice_caller_id_lookup: bool
    voice_fallback_method: Method
    voice_fallback_url: str
    voice_method: Method
    voice_receive_mode: str
    voice_url: str


async def create(request: Request) -> Created[NumberJson]:
    """Buy a number, by itself or by its area code."""
    house, account, form = services(request), await admit(request), await form_of(request)
    number_type = _type_of(request)
    if number_type is not None and not form.get("PhoneNumber"):
        raise BadParameter("'PhoneNumber' is required.")
    values = _values(form)
    if account.is_test:
        number = magic.pretend_to_buy(
            account.sid,
            account.carrier_sid,
            form.get("PhoneNumber"),
            form.get("AreaCode"),
            values | {"unused": read_unused(form)},
        )
        return created(render(number))
    async with changing(house.database, house.bells.announce_change) as db:
        number = await owned_numbers.buy(
            db,
            account.carrier_sid,
            account.sid,
            phone_number=form.get("PhoneNumber"),
            area_code=form.get("AreaCode"),
            number_type=number_type,
            values=values | {"unused": read_unused(form)},
        )
    return created(render(number))


async def list_page(request: Request) -> Page2010[Literal["incoming_phone_numbers"], NumberJson]:
    """Return a page of the account's numbers, newest first."""
    house, account, query = services(request), await admit(request), query_of(request)
    async with reading(house.database) as db:
        window = await owned_numbers.page(
            db,
            account.sid,
            place_of(page_request(request)),
            number_type=_type_of(request),
            contains=query.get("PhoneNumber") or None,
            friendly_name=query.get("FriendlyName") or None,
            is_hosted=_is_hosted(query.get("Origin")),
        )
    return list_2010(request, "incoming_phone_numbers", window, render, _FILTERS)


async def fetch(request: Request) -> Json[NumberJson]:
    """Return a number of the account."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        number = await owned_numbers.get(db, account.sid, sid_of(request))
    return json(render(_number(request, number)))


async def update(request: Request) -> Json[NumberJson]:
    """Change a number's webhooks and name, or give it to another account of the same owner."""
    house, caller, form = services(request), await identify(request), await form_of(request)
    account, owner_sid = require_active(caller.account), caller.owner.sid
    sid, to = sid_of(request), form.get("AccountSid") or account.sid
    values, unused = _values(form), read_unused(form)
    async with changing(house.database, house.bells.announce_change) as db:
        _number(request, await owned_numbers.get(db, account.sid, sid))
        if to != account.sid:
            await owned_numbers.move(db, owner_sid, account.sid, sid, to)
        number = await owned_numbers.change(db, to, sid, values, unused)
    return json(render(number))


async def delete(request: Request) -> Gone:
    """Give a number back; it is for sale again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        sid = sid_of(request)
        _number(request, await owned_numbers.get(db, account.sid, sid))
        await owned_numbers.release(db, account.sid, sid)
    return no_content()


def render(number: PhoneNumber) -> NumberJson:
    """Return a number as JSON has it; URLs and SIDs that are not set are empty.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
    """
    unused = number.unused
    path = f"/{API_VERSION}/Accounts/{number.account_sid}/IncomingPhoneNumbers/{number.sid}"
    return {
        "account_sid": number.account_sid,
        "address_requirements": "none",
        "address_sid": kept_text(unused, "address_sid") or "",
        "api_version": kept_text(unused, "api_version") or API_VERSION,
        "beta": False,
        "bundle_sid": kept_text(unused, "bundle_sid"),
        "capabilities": CAPABILITIES,
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.updated_at),
        "emergency_address_sid": kept_text(unused, "emergency_address_sid"),
        "emergency_address_status": "unregistered",
        "emergency_status": kept_text(unused, "emergency_status") or "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": kept_text(unused, "identity_sid") or "",
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": number.sms_application_sid or "",
        "sms_fallback_method": number.sms_fallback_method,
        "sms_fallback_url": number.sms_fallback_url or "",
        "sms_method": number.sms_method,
        "sms_url": number.sms_url or "",
        "status": "in-use",
        "status_callback": number.status_callback or "",
        "status_callback_method": number.status_callback_method,
        "subresource_uris": {
            "assigned_add_ons": f"{path}/AssignedAddOns.json",
        },
        "trunk_sid": kept_text(unused, "trunk_sid"),
        "type": number.number_type,
        "uri": f"{path}.json",
        "voice_application_sid": kept_text(unused, "voice_application_sid") or "",
        "voice_caller_id_lookup": kept_flag(unused, "voice_caller_id_lookup"),
        "voice_fallback_method": kept_text(unused, "voice_fallback_method") or "POST",
        "voice_fallback_url": kept_text(unused, "voice_fallback_url") or "",
        "voice_method": kept_text(unused, "voice_method") or "POST",
        "voice_receive_mode": kept_text(unused, "voice_receive_mode") or "voice",
        "voice_url": kept_text(unused, "voice_url") or "",
    }


def _values(form: Mapping[str, str]) -> dict[str, object]:
    values = read_friendly_name(form) | read_sms_fields(form)
    if "SmsApplicationSid" in form:
        values["sms_application_sid"] = form["SmsApplicationSid"] or None
    if "StatusCallback" in form:
        values["status_callback"] = read_url(form, "StatusCallback")
    if "StatusCallbackMethod" in form:
        values["status_callback_method"] = read_method(form, "StatusCallbackMethod")
    return values


def _is_hosted(origin: str | None) -> bool:
    """Say whether numbers are asked for that are another's and only hosted here: there are none."""
    if origin and origin not in _ORIGINS:
        raise BadParameter(f"'Origin' must be {' or '.join(_ORIGINS)}.")
    return origin == _HOSTED


def _type_of(request: Request) -> NumberType | None:
    return _TYPES.get(request.url.path.rpartition("/")[2].removesuffix(".json"))


def _number(request: Request, number: PhoneNumber | None) -> PhoneNumber:
    number = found_at(request, number)
    return found_at(request, number if number.kind == "e164" else None)


_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers"
ROUTES: Final = [
    *(
        route
        for name in ("", *(f"/{name}" for name in _TYPES))
        for route in routes_2010(_COLLECTION + name, POST=create, GET=list_page)
    ),
    *routes_2010(_COLLECTION + "/{sid}", POST=update, GET=fetch, DELETE=delete),
]
