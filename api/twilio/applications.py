"""Accounts/{AccountSid}/Applications."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.auth import admit
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
from smsc.models import Application
from smsc.provisioning import applications
from smsc.provisioning.transaction import changing, reading


async def create(request: Request) -> Response:
    """Make an application."""
    house, account, form = services(request), await admit(request), await form_of(request)
    values = _values(form) | {"unused": _unused(form)}
    async with changing(house.database, house.bells.announce_change) as db:
        made = await applications.create(db, account.carrier_sid, account.sid, values)
    return json(render(made), 201)


async def list_page(request: Request) -> Response:
    """Return a page of the account's applications, newest first."""
    house, account = services(request), await admit(request)
    name = query_of(request).get("FriendlyName") or None
    async with reading(house.database) as db:
        window = await applications.page(db, account.sid, place_of(page_request(request)), name)
    return list_2010(request, "applications", window, render, ("FriendlyName",))


async def fetch(request: Request) -> Response:
    """Return an application."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        application = await applications.get(db, account.sid, sid_of(request))
    return json(render(found_at(request, application)))


async def update(request: Request) -> Response:
    """Change an application; what refers to it follows within two seconds."""
    house, account, form = services(request), await admit(request), await form_of(request)
    async with changing(house.database, house.bells.announce_change) as db:
        application = await applications.change(
            db, account.sid, sid_of(request), _values(form), _unused(form)
        )
    return json(render(application))


async def delete(request: Request) -> Response:
    """Delete an application; its numbers use their own URLs again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await applications.remove(db, account.sid, sid_of(request))
    return no_content()


def render(application: Application) -> dict[str, object]:
    """Return an application as JSON has it.

    Source: https://www.twilio.com/docs/usage/api/applications
    """
    unused = application.unused
    path = f"/{API_VERSION}/Accounts/{application.account_sid}/Applications/{application.sid}"
    return {
        "account_sid": application.account_sid,
        "api_version": unused.get("api_version") or API_VERSION,
        "date_created": rfc2822(application.created_at),
        "date_updated": rfc2822(application.updated_at),
        "friendly_name": application.friendly_name,
        "message_status_callback": application.message_status_callback,
        "public_application_connect_enabled": unused.get(
            "public_application_connect_enabled", False
        ),
        "sid": application.sid,
        "sms_fallback_method": application.sms_fallback_method,
        "sms_fallback_url": application.sms_fallback_url,
        "sms_method": application.sms_method,
        "sms_status_callback": application.sms_status_callback,
        "sms_url": application.sms_url,
        "status_callback": unused.get("status_callback"),
        "status_callback_method": unused.get("status_callback_method") or "POST",
        "uri": f"{path}.json",
        "voice_caller_id_lookup": unused.get("voice_caller_id_lookup", False),
        "voice_fallback_method": unused.get("voice_fallback_method") or "POST",
        "voice_fallback_url": unused.get("voice_fallback_url"),
        "voice_method": unused.get("voice_method") or "POST",
        "voice_url": unused.get("voice_url"),
    }


def _values(form: Mapping[str, str]) -> dict[str, object]:
    values = read_friendly_name(form) | read_sms_fields(form)
    for name, column in (
        ("SmsStatusCallback", "sms_status_callback"),
        ("MessageStatusCallback", "message_status_callback"),
    ):
        if name in form:
            values[column] = read_url(form, name)
    return values


def _unused(form: Mapping[str, str]) -> dict[str, object]:
    """Read what belongs to calls; an application's `StatusCallback` does, unlike a number's."""
    values = read_unused(form)
    if "StatusCallback" in form:
        values["status_callback"] = read_url(form, "StatusCallback")
    if "StatusCallbackMethod" in form:
        values["status_callback_method"] = read_method(form, "StatusCallbackMethod")
    return values


_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/Applications"
ROUTES: Final = [
    *routes_2010(_COLLECTION, POST=create, GET=list_page),
    *routes_2010(_COLLECTION + "/{sid}", POST=update, GET=fetch, DELETE=delete),
]
