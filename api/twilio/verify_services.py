"""Services and Templates of the verify v2 API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.paging import meta
from api.twilio.answer_types import (
    AccountSid,
    Created,
    Gone,
    Iso8601,
    Json,
    PageV1,
    Url,
    VerifyServiceSid,
)
from api.twilio.answers import (
    base_url,
    created,
    form_of,
    found_at,
    here,
    iso8601,
    json,
    list_v1,
    no_content,
    page_request,
    place_of,
    query_of,
    routes,
    sid_of,
    truth,
)
from api.twilio.webhook_fields import kept_flag, kept_text
from smsc.errors.verify import InvalidVerifyParameter
from smsc.messaging.verification import verify_texts
from smsc.models import VerifyService
from smsc.provisioning.owned import verify_services
from smsc.provisioning.transaction import changing, reading

_MOST_NAME: Final = 30
_CODE_LENGTHS: Final = range(4, 11)
_FLAGS: Final = {
    "SkipSmsToLandlines": "skip_sms_to_landlines",
    "DoNotShareWarningEnabled": "do_not_share_warning_enabled",
    "CustomCodeEnabled": "custom_code_enabled",
}
# Of calls, pushes and the like: kept and shown, never used.
_UNUSED_FLAGS: Final = {
    "LookupEnabled": "lookup_enabled",
    "DtmfInputRequired": "dtmf_input_required",
    "Psd2Enabled": "psd2_enabled",
    "VerifyEventSubscriptionEnabled": "verify_event_subscription_enabled",
}
_TEMPLATE_DATE: Final = iso8601(datetime(2026, 1, 1, tzinfo=UTC))


class VerifyServiceJson(TypedDict):
    """A service that verifies phone numbers."""

    sid: VerifyServiceSid
    account_sid: AccountSid
    friendly_name: str
    code_length: Annotated[int, Field(ge=min(_CODE_LENGTHS), le=max(_CODE_LENGTHS))]
    lookup_enabled: bool
    psd2_enabled: bool
    skip_sms_to_landlines: bool
    dtmf_input_required: bool
    tts_name: str | None
    do_not_share_warning_enabled: bool
    custom_code_enabled: bool
    push: dict[str, object]
    totp: dict[str, object]
    default_template_sid: str
    whatsapp: dict[str, None]
    passkeys: None
    verify_event_subscription_enabled: bool
    date_created: Iso8601
    date_updated: Iso8601
    url: Url
    links: dict[str, Url]


class TranslationJson(TypedDict):
    """A template's text in one language."""

    is_default_translation: bool
    status: str
    locale: str
    text: str
    date_updated: Iso8601
    date_created: Iso8601


class TemplateJson(TypedDict):
    """The text of a verification's message, by language."""

    sid: str
    account_sid: AccountSid
    friendly_name: str
    channels: list[str]
    translations: dict[str, TranslationJson]


async def create(request: Request) -> Created[VerifyServiceJson]:
    """Make a service."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("FriendlyName"):
        raise InvalidVerifyParameter("FriendlyName", "it is required.")
    values = _values(form) | {"unused": _unused(form)}
    async with changing(house.database, house.bells.announce_change) as db:
        service = await verify_services.create(db, account.carrier_sid, account.sid, values)
    return created(_render(request, service))


async def list_page(request: Request) -> PageV1[Literal["services"], VerifyServiceJson]:
    """Return a page of the account's services, newest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        window = await verify_services.page(db, account.sid, place_of(page_request(request)))
    return list_v1(request, "services", window, lambda service: _render(request, service))


async def fetch(request: Request) -> Json[VerifyServiceJson]:
    """Return a service."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await verify_services.get(db, account.sid, sid_of(request))
    return json(_render(request, found_at(request, service)))


async def update(request: Request) -> Json[VerifyServiceJson]:
    """Change a service; codes that are on their way keep their length if it isn't changed."""
    house, account, form = services(request), await admit(request), await form_of(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await verify_services.change(
            db, account.sid, sid_of(request), _values(form), _unused(form)
        )
    return json(_render(request, service))


async def delete(request: Request) -> Gone:
    """Delete a service with its verifications."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await verify_services.remove(db, account.sid, sid_of(request))
    return no_content()


async def list_templates(request: Request) -> PageV1[Literal["templates"], TemplateJson]:
    """Return the one template that there is, in all its languages."""
    account = await admit(request)
    wanted = query_of(request).get("FriendlyName") or verify_texts.TEMPLATE_NAME
    translations: dict[str, TranslationJson] = {
        locale: {
            "is_default_translation": locale == verify_texts.DEFAULT_LOCALE,
            "status": "approved",
            "locale": locale,
            "text": sentence.replace("{name}", "{{friendly_name}}").replace("{code}", "{{code}}"),
            "date_updated": _TEMPLATE_DATE,
            "date_created": _TEMPLATE_DATE,
        }
        for locale, (sentence, _) in verify_texts.TEXTS.items()
    }
    template: TemplateJson = {
        "sid": verify_texts.TEMPLATE_SID,
        "account_sid": account.sid,
        "friendly_name": verify_texts.TEMPLATE_NAME,
        "channels": ["sms"],
        "translations": translations,
    }
    filters = [("FriendlyName", wanted)] if query_of(request).get("FriendlyName") else []
    asked = page_request(request)
    paging = meta(here(request), "templates", filters, asked, [], has_older=False, has_newer=False)
    is_wanted = wanted == verify_texts.TEMPLATE_NAME
    return PageV1(paging, "templates", [template] if is_wanted else [])


def _values(form: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    name = form.get("FriendlyName")
    if name:
        if len(name) > _MOST_NAME:
            raise InvalidVerifyParameter("FriendlyName", f"over {_MOST_NAME} characters.")
        values["friendly_name"] = name
    length = form.get("CodeLength")
    if length:
        if not length.isdecimal() or int(length) not in _CODE_LENGTHS:
            raise InvalidVerifyParameter("CodeLength", "it must be from 4 to 10.")
        values["code_length"] = int(length)
    for parameter, column in _FLAGS.items():
        flag = truth(form, parameter)
        if flag is not None:
            values[column] = flag
    return values


def _unused(form: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for parameter, key in _UNUSED_FLAGS.items():
        flag = truth(form, parameter)
        if flag is not None:
            values[key] = flag
    if "TtsName" in form:
        values["tts_name"] = form["TtsName"][:_MOST_NAME]
    return values


def _render(request: Request, service: VerifyService) -> VerifyServiceJson:
    unused = service.unused
    url = f"{base_url(request)}/v2/Services/{service.sid}"
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": service.friendly_name,
        "code_length": service.code_length,
        "lookup_enabled": kept_flag(unused, "lookup_enabled"),
        "psd2_enabled": kept_flag(unused, "psd2_enabled"),
        "skip_sms_to_landlines": service.skip_sms_to_landlines,
        "dtmf_input_required": kept_flag(unused, "dtmf_input_required", default=True),
        "tts_name": kept_text(unused, "tts_name"),
        "do_not_share_warning_enabled": service.do_not_share_warning_enabled,
        "custom_code_enabled": service.custom_code_enabled,
        "push": {"include_date": True, "apn_credential_sid": None, "fcm_credential_sid": None},
        "totp": {"issuer": service.friendly_name, "time_step": 30, "code_length": 6, "skew": 1},
        "default_template_sid": verify_texts.TEMPLATE_SID,
        "whatsapp": {"msg_service_sid": None, "from": None},
        "passkeys": None,
        "verify_event_subscription_enabled": kept_flag(unused, "verify_event_subscription_enabled"),
        "date_created": iso8601(service.created_at),
        "date_updated": iso8601(service.updated_at),
        "url": url,
        "links": {
            "verifications": f"{url}/Verifications",
            "verification_checks": f"{url}/VerificationCheck",
        },
    }


ROUTES: Final = [
    *routes("/v2/Services", POST=create, GET=list_page),
    *routes("/v2/Services/{sid}", POST=update, GET=fetch, DELETE=delete),
    *routes("/v2/Templates", GET=list_templates),
]
