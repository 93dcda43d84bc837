"""Messaging v1 Services: pools of senders with their common settings."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import (
    AccountSid,
    Created,
    Gone,
    Iso8601,
    Json,
    Method,
    PageV1,
    ServiceSid,
    Url,
)
from api.twilio.answers import (
    base_url,
    created,
    form_of,
    found_at,
    iso8601,
    json,
    list_v1,
    no_content,
    page_request,
    place_of,
    routes,
    sid_of,
    truth,
)
from api.twilio.webhook_fields import read_friendly_name, read_method, read_url
from smsc.errors import BadParameter
from smsc.models import MessagingService
from smsc.provisioning.owned import messaging_services
from smsc.provisioning.transaction import changing, reading

_SCANS: Final = frozenset({"inherit", "enable", "disable"})
_MOST_VALIDITY: Final = 36_000
_MOST_USECASE: Final = 64
_URLS: Final = {
    "InboundRequestUrl": "inbound_request_url",
    "FallbackUrl": "fallback_url",
    "StatusCallback": "status_callback",
}
_METHODS: Final = {"InboundMethod": "inbound_method", "FallbackMethod": "fallback_method"}
_FLAGS: Final = {
    "StickySender": "sticky_sender",
    "MmsConverter": "mms_converter",
    "SmartEncoding": "smart_encoding",
    "FallbackToLongCode": "fallback_to_long_code",
    "AreaCodeGeomatch": "area_code_geomatch",
    "SynchronousValidation": "synchronous_validation",
    "UseInboundWebhookOnNumber": "use_inbound_webhook_on_number",
}
_LINKS: Final = {
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "alpha_senders": "AlphaSenders",
    "messages": "Messages",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
    "channel_senders": "ChannelSenders",
    "destination_alpha_senders": "DestinationAlphaSenders",
}


class MessagingServiceJson(TypedDict):
    """A pool of senders with their common settings."""

    sid: ServiceSid
    account_sid: AccountSid
    friendly_name: str
    date_created: Iso8601
    date_updated: Iso8601
    inbound_request_url: str | None
    inbound_method: Method
    fallback_url: str | None
    fallback_method: Method
    status_callback: str | None
    sticky_sender: bool
    mms_converter: bool
    smart_encoding: bool
    scan_message_content: Annotated[str, Field(json_schema_extra={"enum": sorted(_SCANS)})]
    fallback_to_long_code: bool
    area_code_geomatch: bool
    synchronous_validation: bool
    validity_period: Annotated[int, Field(ge=1, le=_MOST_VALIDITY)]
    url: Url
    links: dict[str, Url]
    usecase: str
    us_app_to_person_registered: bool
    use_inbound_webhook_on_number: bool


async def create(request: Request) -> Created[MessagingServiceJson]:
    """Make a service."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("FriendlyName"):
        raise BadParameter("'FriendlyName' is required.")
    values = read_service(form)
    async with changing(house.database, house.bells.announce_change) as db:
        made = await messaging_services.create(db, account.carrier_sid, account.sid, values)
    return created(render(request, made))


async def list_page(request: Request) -> PageV1[Literal["services"], MessagingServiceJson]:
    """Return a page of the account's services, newest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        window = await messaging_services.page(db, account.sid, place_of(page_request(request)))
    return list_v1(request, "services", window, lambda service: render(request, service))


async def fetch(request: Request) -> Json[MessagingServiceJson]:
    """Return a service."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await messaging_services.get(db, account.sid, sid_of(request))
    return json(render(request, found_at(request, service)))


async def update(request: Request) -> Json[MessagingServiceJson]:
    """Change a service; messages and webhooks follow within two seconds."""
    house, account, form = services(request), await admit(request), await form_of(request)
    values = read_service(form)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await messaging_services.change(db, account.sid, sid_of(request), values)
    return json(render(request, service))


async def delete(request: Request) -> Gone:
    """Delete a service; its numbers are free for another."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await messaging_services.remove(db, account.sid, sid_of(request))
    return no_content()


def read_service(form: Mapping[str, str]) -> dict[str, object]:
    """Read what was sent of a service's settings, as columns.

    Raises:
        InvalidUrl, BadParameter: one of them can't be used.
    """
    values = read_friendly_name(form) if form.get("FriendlyName") else {}
    values |= {column: read_url(form, name) for name, column in _URLS.items() if name in form}
    values |= {column: read_method(form, name) for name, column in _METHODS.items() if name in form}
    for name, column in _FLAGS.items():
        flag = truth(form, name)
        if flag is not None:
            values[column] = flag
    if form.get("ScanMessageContent"):
        if form["ScanMessageContent"] not in _SCANS:
            raise BadParameter("'ScanMessageContent' must be inherit, enable or disable.")
        values["scan_message_content"] = form["ScanMessageContent"]
    if form.get("ValidityPeriod"):
        values["validity_period"] = _read_validity(form["ValidityPeriod"])
    if form.get("Usecase"):
        values["usecase"] = form["Usecase"][:_MOST_USECASE]
    return values


def _read_validity(text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    if not 1 <= seconds <= _MOST_VALIDITY:
        raise BadParameter(f"'ValidityPeriod' must be 1 to {_MOST_VALIDITY} seconds.")
    return seconds


def render(request: Request, service: MessagingService) -> MessagingServiceJson:
    """Return a service as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/service-resource
    """
    url = f"{base_url(request)}/v1/Services/{service.sid}"
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": service.friendly_name,
        "date_created": iso8601(service.created_at),
        "date_updated": iso8601(service.updated_at),
        "inbound_request_url": service.inbound_request_url,
        "inbound_method": service.inbound_method,
        "fallback_url": service.fallback_url,
        "fallback_method": service.fallback_method,
        "status_callback": service.status_callback,
        "sticky_sender": service.sticky_sender,
        "mms_converter": service.mms_converter,
        "smart_encoding": service.smart_encoding,
        "scan_message_content": service.scan_message_content,
        "fallback_to_long_code": service.fallback_to_long_code,
        "area_code_geomatch": service.area_code_geomatch,
        "synchronous_validation": service.synchronous_validation,
        "validity_period": service.validity_period,
        "url": url,
        "links": {name: f"{url}/{path}" for name, path in _LINKS.items()},
        "usecase": service.usecase,
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
    }


ROUTES: Final = [
    *routes("/v1/Services", POST=create, GET=list_page),
    *routes("/v1/Services/{sid}", POST=update, GET=fetch, DELETE=delete),
]
