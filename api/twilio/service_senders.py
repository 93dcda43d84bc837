"""Messaging v1 Services/{MG}/PhoneNumbers, ShortCodes and AlphaSenders: the pool."""

from functools import partial
from typing import Final, Literal

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.routing import Route
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import (
    AccountSid,
    AlphaSenderSid,
    Created,
    Gone,
    Iso8601,
    Json,
    NumberSid,
    PageV1,
    ServiceSid,
    ShortCodeSid,
    Url,
)
from api.twilio.answers import (
    Handler,
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
)
from smsc.errors import BadParameter
from smsc.errors.services import AlphaSenderRequired
from smsc.models import AlphaSender, MessagingService, PhoneNumber
from smsc.provisioning import service_pools
from smsc.provisioning.listing import Window
from smsc.provisioning.owned import messaging_services
from smsc.provisioning.transaction import changing, reading
from smsc.sms.address import AddressKind

_ALPHA: Final = "AlphaSenders"
# Of each kind: its path, and the parameter that names one.
_WORDS: Final = {
    AddressKind.E164: ("PhoneNumbers", "PhoneNumberSid"),
    AddressKind.SHORT_CODE: ("ShortCodes", "ShortCodeSid"),
}


class _PooledJson(TypedDict):
    account_sid: AccountSid | None
    service_sid: ServiceSid | None
    date_created: Iso8601
    date_updated: Iso8601
    country_code: str | None
    capabilities: list[str]
    url: Url


class PooledNumberJson(_PooledJson):
    """A number of a pool."""

    sid: NumberSid
    phone_number: str


class PooledShortCodeJson(_PooledJson):
    """A short code of a pool."""

    sid: ShortCodeSid
    short_code: str


class AlphaSenderJson(TypedDict):
    """A sender ID of a pool."""

    sid: AlphaSenderSid
    account_sid: AccountSid
    service_sid: ServiceSid
    date_created: Iso8601
    date_updated: Iso8601
    alpha_sender: str
    capabilities: list[str]
    url: Url


async def _service(db: AsyncSession, request: Request, account_sid: str) -> MessagingService:
    service_sid = request.path_params["service_sid"]
    return found_at(request, await messaging_services.get(db, account_sid, service_sid))


async def add(
    kind: AddressKind, request: Request
) -> Created[PooledNumberJson | PooledShortCodeJson]:
    """Put a number or a short code of the account into the pool."""
    house, account, form = services(request), await admit(request), await form_of(request)
    _, parameter = _WORDS[kind]
    if not form.get(parameter):
        raise BadParameter(f"{parameter!r} is required.")
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.add(db, service, form[parameter], kind)
    return created(_render(request, kind, sender))


async def list_numbers(request: Request) -> PageV1[Literal["phone_numbers"], PooledNumberJson]:
    """Return a page of the pool's numbers, newest first."""
    window = await _window(request, AddressKind.E164)
    return list_v1(request, "phone_numbers", window, partial(_render_number, request))


async def list_short_codes(request: Request) -> PageV1[Literal["short_codes"], PooledShortCodeJson]:
    """Return a page of the pool's short codes, newest first."""
    window = await _window(request, AddressKind.SHORT_CODE)
    return list_v1(request, "short_codes", window, partial(_render_short_code, request))


async def fetch(
    kind: AddressKind, request: Request
) -> Json[PooledNumberJson | PooledShortCodeJson]:
    """Return a number or a short code of the pool."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.get(db, service, sid_of(request), kind)
    return json(_render(request, kind, found_at(request, sender)))


async def remove(kind: AddressKind, request: Request) -> Gone:
    """Take a number or a short code out of the pool."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        await service_pools.remove(db, service, sid_of(request), kind)
    return no_content()


async def add_alpha(request: Request) -> Created[AlphaSenderJson]:
    """Put a sender ID of the account into the pool."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("AlphaSender"):
        raise AlphaSenderRequired
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.add_alpha(db, service, form["AlphaSender"])
    return created(_render_alpha(request, sender))


async def list_alpha(request: Request) -> PageV1[Literal["alpha_senders"], AlphaSenderJson]:
    """Return a page of the pool's sender IDs, newest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        window = await service_pools.page_alpha(db, service, place_of(page_request(request)))
    return list_v1(request, "alpha_senders", window, partial(_render_alpha, request))


async def fetch_alpha(request: Request) -> Json[AlphaSenderJson]:
    """Return a sender ID of the pool."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.get_alpha(db, service, sid_of(request))
    return json(_render_alpha(request, found_at(request, sender)))


async def remove_alpha(request: Request) -> Gone:
    """Take a sender ID out of the pool."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        await service_pools.remove_alpha(db, service, sid_of(request))
    return no_content()


async def _window(request: Request, kind: AddressKind) -> Window[PhoneNumber]:
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        return await service_pools.page(db, service, kind, place_of(page_request(request)))


def _render(
    request: Request, kind: AddressKind, sender: PhoneNumber
) -> PooledNumberJson | PooledShortCodeJson:
    if kind is AddressKind.E164:
        return _render_number(request, sender)
    return _render_short_code(request, sender)


def _render_number(request: Request, sender: PhoneNumber) -> PooledNumberJson:
    """Return a number of a pool as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/phonenumber-resource
    """
    pooled = _render_pooled(request, AddressKind.E164, sender)
    return {"sid": sender.sid, "phone_number": sender.phone_number, **pooled}


def _render_short_code(request: Request, sender: PhoneNumber) -> PooledShortCodeJson:
    """Return a short code of a pool as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/shortcode-resource
    """
    pooled = _render_pooled(request, AddressKind.SHORT_CODE, sender)
    return {"sid": sender.sid, "short_code": sender.phone_number, **pooled}


def _render_pooled(request: Request, kind: AddressKind, sender: PhoneNumber) -> _PooledJson:
    joined_at = iso8601(sender.joined_service_at or sender.updated_at)
    path, _ = _WORDS[kind]
    return {
        "account_sid": sender.account_sid,
        "service_sid": sender.messaging_service_sid,
        "date_created": joined_at,
        "date_updated": joined_at,
        "country_code": sender.iso_country,
        "capabilities": ["SMS"],
        "url": _url(request, sender.messaging_service_sid or "", path, sender.sid),
    }


def _render_alpha(request: Request, sender: AlphaSender) -> AlphaSenderJson:
    """Return a sender ID of a pool as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/alphasender-resource
    """
    return {
        "sid": sender.sid,
        "account_sid": sender.account_sid,
        "service_sid": sender.messaging_service_sid,
        "date_created": iso8601(sender.created_at),
        "date_updated": iso8601(sender.updated_at),
        "alpha_sender": sender.alpha_sender,
        "capabilities": ["SMS"],
        "url": _url(request, sender.messaging_service_sid, _ALPHA, sender.sid),
    }


def _url(request: Request, service_sid: str, path: str, sid: str) -> str:
    return f"{base_url(request)}/v1/Services/{service_sid}/{path}/{sid}"


def _routes(kind: AddressKind, list_page: Handler) -> list[Route]:
    path = f"/v1/Services/{{service_sid}}/{_WORDS[kind][0]}"
    return [
        *routes(path, POST=partial(add, kind), GET=list_page),
        *routes(path + "/{sid}", GET=partial(fetch, kind), DELETE=partial(remove, kind)),
    ]


_ALPHA_PATH: Final = f"/v1/Services/{{service_sid}}/{_ALPHA}"
ROUTES: Final = [
    *_routes(AddressKind.E164, list_numbers),
    *_routes(AddressKind.SHORT_CODE, list_short_codes),
    *routes(_ALPHA_PATH, POST=add_alpha, GET=list_alpha),
    *routes(_ALPHA_PATH + "/{sid}", GET=fetch_alpha, DELETE=remove_alpha),
]
