"""Accounts/{AccountSid}/Applications."""

from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import (
    AccountSid,
    ApplicationSid,
    Created,
    Gone,
    Json,
    Method,
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
from smsc.models import Application
from smsc.provisioning.owned import applications
from smsc.provisioning.transaction import changing, reading


class ApplicationJson(TypedDict):
    """URLs under one name, which numbers and messages refer to."""

    account_sid: AccountSid
    api_version: str
    date_created: Rfc2822
    date_updated: Rfc2822
    friendly_name: str
    message_status_callback: str | None
    public_application_connect_enabled: bool
    sid: ApplicationSid
    sms_fallback_method: Method
    sms_fallback_url: str | None
    sms_method: Method
    sms_status_callback: str | None
    sms_url: str | None
    status_callback: str | None
    status_callback_method: Method
    uri: str
    voice_caller_id_lookup: bool
    voice_fallback_method: Method
    voice_fallback_url: str | None
    voice_method: Method
    voice_url: str | None


async def create(request: Request) -> Created[ApplicationJson]:
    """Make an application."""
    house, account, form = services(request), await admit(request), await form_of(request)
    values = _values(form) | {"unused": _unused(form)}
    async with changing(house.database, house.bells.announce_change) as db:
        made = await applications.create(db, account.carrier_sid, account.sid, values)
    return created(render(made))


async def list_page(request: Request) -> Page2010[Literal["applications"], ApplicationJson]:
    """Return a page of the account's applications, newest first."""
    house, account = services(request), await admit(request)
    name = query_of(request).get("FriendlyName") or None
    async with reading(house.database) as db:
        window = await applications.page(db, account.sid, place_of(page_request(request)), name)
    return list_2010(request, "applications", window, render, ("FriendlyName",))


async def fetch(request: Request) -> Json[ApplicationJson]:
    """Return an application."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        application = await applications.get(db, account.sid, sid_of(request))
    return json(render(found_at(request, application)))


async def update(request: Request) -> Json[ApplicationJson]:
    """Change an application; what refers to it follows within two seconds."""
    house, account, form = services(request), await admit(request), await form_of(request)
    async with changing(house.database, house.bells.announce_change) as db:
        application = await applications.change(
            db, account.sid, sid_of(request), _values(form), _unused(form)
        )
    return json(render(application))


async def delete(request: Request) -> Gone:
    """Delete an application; its numbers use their own URLs again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await applications.remove(db, account.sid, sid_of(request))
    return no_content()


def render(application: Application) -> ApplicationJson:
    """Return an application as JSON has it.

    Source: https://www.twilio.com/docs/usage/api/applications
    """
    unused = application.unused
    path = f"/{API_VERSION}/Accounts/{application.account_sid}/Applications/{application.sid}"
    return {
        "account_sid": application.account_sid,
        "api_version": kept_text(unused, "api_version") or API_VERSION,
        "date_created": rfc2822(application.created_at),
        "date_updated": rfc2822(application.updated_at),
        "friendly_name": application.friendly_name,
        "message_status_callback": application.message_status_callback,
        "public_application_connect_enabled": kept_flag(
            unused, "public_application_connect_enabled"
        ),
        "sid": application.sid,
        "sms_fallback_method": application.sms_fallback_method,
        "sms_fallback_url": application.sms_fallback_url,
        "sms_method": application.sms_method,
        "sms_status_callback": application.sms_status_callback,
        "sms_url": application.sms_url,
        "status_callback": kept_text(unused, "status_callback"),
        "status_callback_method": kept_text(unused, "status_callback_method") or "POST",
        "uri": f"{path}.json",
        "voice_caller_id_lookup": kept_flag(unused, "voice_caller_id_lookup"),
        "voice_fallback_method": kept_text(unused, "voice_fallback_method") or "POST",
        "voice_fallback_url": kept_text(unused, "voice_fallback_url"),
        "voice_method": kept_text(unused, "voice_method") or "POST",
        "voice_url": kept_text(unused, "voice_url"),
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
