"""Messaging v1 Services/{MG}/PhoneNumbers, ShortCodes and AlphaSenders: the pool."""

from functools import partial
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import admit
from api.deps import services
from api.twilio.answers import (
    base_url,
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
from smsc.provisioning import messaging_services, service_pools
from smsc.provisioning.transaction import changing, reading
from smsc.sms.address import AddressKind

_ALPHA: Final = "AlphaSenders"
# Of each kind: the list's key, the parameter that names one, the property that shows it.
_WORDS: Final = {
    AddressKind.E164: ("PhoneNumbers", "phone_numbers", "PhoneNumberSid", "phone_number"),
    AddressKind.SHORT_CODE: ("ShortCodes", "short_codes", "ShortCodeSid", "short_code"),
}


async def _service(db: AsyncSession, request: Request, account_sid: str) -> MessagingService:
    service_sid = request.path_params["service_sid"]
    return found_at(request, await messaging_services.get(db, account_sid, service_sid))


async def add(kind: AddressKind, request: Request) -> Response:
    """Put a number or a short code of the account into the pool."""
    house, account, form = services(request), await admit(request), await form_of(request)
    _, _, parameter, _ = _WORDS[kind]
    if not form.get(parameter):
        raise BadParameter(f"{parameter!r} is required.")
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.add(db, service, form[parameter], kind)
    return json(_render(request, kind, sender), 201)


async def list_page(kind: AddressKind, request: Request) -> Response:
    """Return a page of the pool's numbers or short codes, newest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        window = await service_pools.page(db, service, kind, place_of(page_request(request)))
    return list_v1(request, _WORDS[kind][1], window, partial(_render, request, kind))


async def fetch(kind: AddressKind, request: Request) -> Response:
    """Return a number or a short code of the pool."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.get(db, service, sid_of(request), kind)
    return json(_render(request, kind, found_at(request, sender)))


async def remove(kind: AddressKind, request: Request) -> Response:
    """Take a number or a short code out of the pool."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        await service_pools.remove(db, service, sid_of(request), kind)
    return no_content()


async def add_alpha(request: Request) -> Response:
    """Put a sender ID of the account into the pool."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("AlphaSender"):
        raise AlphaSenderRequired
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.add_alpha(db, service, form["AlphaSender"])
    return json(_render_alpha(request, sender), 201)


async def list_alpha(request: Request) -> Response:
    """Return a page of the pool's sender IDs, newest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        window = await service_pools.page_alpha(db, service, place_of(page_request(request)))
    return list_v1(request, "alpha_senders", window, partial(_render_alpha, request))


async def fetch_alpha(request: Request) -> Response:
    """Return a sender ID of the pool."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        sender = await service_pools.get_alpha(db, service, sid_of(request))
    return json(_render_alpha(request, found_at(request, sender)))


async def remove_alpha(request: Request) -> Response:
    """Take a sender ID out of the pool."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        await service_pools.remove_alpha(db, service, sid_of(request))
    return no_content()


def _render(request: Request, kind: AddressKind, sender: PhoneNumber) -> dict[str, object]:
    """Return a number or a short code of a pool as JSON has it.

    Source: https://www.twilio.com/docs/messaging/api/phonenumber-resource
    """
    path, _, _, shown_as = _WORDS[kind]
    joined_at = iso8601(sender.joined_service_at or sender.updated_at)
    return {
        "sid": sender.sid,
        "account_sid": sender.account_sid,
        "service_sid": sender.messaging_service_sid,
        "date_created": joined_at,
        "date_updated": joined_at,
        shown_as: sender.phone_number,
        "country_code": sender.iso_country,
        "capabilities": ["SMS"],
        "url": _url(request, sender.messaging_service_sid or "", path, sender.sid),
    }


def _render_alpha(request: Request, sender: AlphaSender) -> dict[str, object]:
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


def _routes(kind: AddressKind) -> list[Route]:
    path = f"/v1/Services/{{service_sid}}/{_WORDS[kind][0]}"
    return [
        *routes(path, POST=partial(add, kind), GET=partial(list_page, kind)),
        *routes(path + "/{sid}", GET=partial(fetch, kind), DELETE=partial(remove, kind)),
    ]


_ALPHA_PATH: Final = f"/v1/Services/{{service_sid}}/{_ALPHA}"
ROUTES: Final = [
    *_routes(AddressKind.E164),
    *_routes(AddressKind.SHORT_CODE),
    *routes(_ALPHA_PATH, POST=add_alpha, GET=list_alpha),
    *routes(_ALPHA_PATH + "/{sid}", GET=fetch_alpha, DELETE=remove_alpha),
]
