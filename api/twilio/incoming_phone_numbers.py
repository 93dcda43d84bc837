"""Accounts/{AccountSid}/IncomingPhoneNumbers: bought, changed, moved, given back."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.auth import admit, identify, require_active
from api.deps import services
from api.twilio.answers import (
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
_TYPES: Final = {
    "Local": NumberType.LOCAL,
    "Mobile": NumberType.MOBILE,
    "TollFree": NumberType.TOLL_FREE,
}
CAPABILITIES: Final = {"voice": False, "sms": True, "mms": False, "fax": False}


async def create(request: Request) -> Response:
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
        return json(render(number), 201)
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
    return json(render(number), 201)


async def list_page(request: Request) -> Response:
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
        )
    return list_2010(request, "incoming_phone_numbers", window, render, _FILTERS)


async def fetch(request: Request) -> Response:
    """Return a number of the account."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        number = await owned_numbers.get(db, account.sid, sid_of(request))
    return json(render(_number(request, number)))


async def update(request: Request) -> Response:
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


async def delete(request: Request) -> Response:
    """Give a number back; it is for sale again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        sid = sid_of(request)
        _number(request, await owned_numbers.get(db, account.sid, sid))
        await owned_numbers.release(db, account.sid, sid)
    return no_content()


def render(number: PhoneNumber) -> dict[str, object]:
    """Return a number as JSON has it; URLs and SIDs that are not set are empty.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
    """
    unused = number.unused
    path = f"/{API_VERSION}/Accounts/{number.account_sid}/IncomingPhoneNumbers/{number.sid}"
    return {
        "account_sid": number.account_sid,
        "address_requirements": "none",
        "address_sid": unused.get("address_sid") or "",
        "api_version": unused.get("api_version") or API_VERSION,
        "beta": False,
        "bundle_sid": unused.get("bundle_sid"),
        "capabilities": CAPABILITIES,
        "date_created": rfc2822(number.created_at),
        "date_updated": rfc2822(number.updated_at),
        "emergency_address_sid": unused.get("emergency_address_sid"),
        "emergency_address_status": "unregistered",
        "emergency_status": unused.get("emergency_status") or "Inactive",
        "friendly_name": number.friendly_name,
        "identity_sid": unused.get("identity_sid") or "",
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
        "trunk_sid": unused.get("trunk_sid"),
        "type": number.number_type,
        "uri": f"{path}.json",
        "voice_application_sid": unused.get("voice_application_sid") or "",
        "voice_caller_id_lookup": unused.get("voice_caller_id_lookup", False),
        "voice_fallback_method": unused.get("voice_fallback_method") or "POST",
        "voice_fallback_url": unused.get("voice_fallback_url") or "",
        "voice_method": unused.get("voice_method") or "POST",
        "voice_receive_mode": unused.get("voice_receive_mode") or "voice",
        "voice_url": unused.get("voice_url") or "",
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
