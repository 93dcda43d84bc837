"""Services/{MG}/OptOuts and OptOut, which Twilio has no API for: who takes no messages, and why.

Ours, in the style of the v1 APIs; described in docs/twilio-compatibility.md.
"""

from collections.abc import AsyncIterator
from typing import Final

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api.auth import admit
from api.bodies import read_body
from api.deps import services
from api.errors import complaints
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
    query_of,
    routes,
    sid_of,
)
from smsc.errors import BadParameter, UnsupportedMediaType
from smsc.models import MessagingService, OptOut
from smsc.provisioning import advanced_opt_out, messaging_services, opt_outs
from smsc.provisioning.advanced_opt_out import AdvancedOptOut
from smsc.provisioning.transaction import changing, reading

CSV: Final = "text/csv"
MOST_CSV_OCTETS: Final = 16 * 1024 * 1024  # half a million numbers


async def add(request: Request) -> Response:
    """Opt a handset out of the service's messages."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("Handset"):
        raise BadParameter("'Handset' is required.")
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        opt_out = await opt_outs.add(
            db, account.carrier_sid, account.sid, service.sid, form["Handset"]
        )
    return json(_render(request, opt_out), 201)


async def list_page(request: Request) -> Response:
    """Return a page of the service's opt-outs, newest first, or that of one handset."""
    house, account = services(request), await admit(request)
    handset = query_of(request).get("Handset") or None
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        window = await opt_outs.page(
            db, account.sid, service.sid, place_of(page_request(request)), handset
        )
    return list_v1(
        request, "opt_outs", window, lambda opt_out: _render(request, opt_out), ("Handset",)
    )


async def fetch(request: Request) -> Response:
    """Return an opt-out."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
        opt_out = await opt_outs.get(db, account.sid, service.sid, sid_of(request))
    return json(_render(request, found_at(request, opt_out)))


async def remove(request: Request) -> Response:
    """Let a handset get messages again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        await opt_outs.remove(db, account.sid, service.sid, sid_of(request))
    return no_content()


async def import_csv(request: Request) -> Response:
    """Opt out the handsets of a CSV file; all of them or none."""
    house, account = services(request), await admit(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CSV:
        raise UnsupportedMediaType(CSV)
    length = request.headers.get("content-length")
    body = await read_body(request.receive, length, most=MOST_CSV_OCTETS)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadParameter("The CSV is not UTF-8.") from None
    async with changing(house.database, house.bells.announce_change) as db:
        service = await _service(db, request, account.sid)
        count = await opt_outs.add_all(db, account.carrier_sid, account.sid, service.sid, text)
    return json({"added": count})


async def export_csv(request: Request) -> Response:
    """Return all of the service's opt-outs as CSV, oldest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)

    async def lines() -> AsyncIterator[str]:
        async with reading(house.database) as db:
            async for line in opt_outs.export(db, account.sid, service.sid):
                yield line

    return StreamingResponse(lines(), media_type=CSV)


async def fetch_rules(request: Request) -> Response:
    """Return the service's own words and answers; without any, the default ones hold."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
    return json(_render_rules(request, service))


async def set_rules(request: Request) -> Response:
    """Give the service words and answers of its own, as JSON."""
    house, account = services(request), await admit(request)
    body = await read_body(request.receive, request.headers.get("content-length"))
    try:
        rules = AdvancedOptOut.model_validate_json(body)
    except ValidationError as error:
        raise BadParameter(complaints(error.errors())) from None
    async with changing(house.database, house.bells.announce_change) as db:
        sid = request.path_params["service_sid"]
        service = await advanced_opt_out.set_rules(db, account.sid, sid, rules)
    return json(_render_rules(request, service))


async def reset_rules(request: Request) -> Response:
    """Let the default words hold again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        sid = request.path_params["service_sid"]
        await advanced_opt_out.set_rules(db, account.sid, sid, None)
    return no_content()


async def _service(db: AsyncSession, request: Request, account_sid: str) -> MessagingService:
    service_sid = request.path_params["service_sid"]
    return found_at(request, await messaging_services.get(db, account_sid, service_sid))


def _render(request: Request, opt_out: OptOut) -> dict[str, object]:
    return {
        "sid": opt_out.sid,
        "account_sid": opt_out.account_sid,
        "service_sid": opt_out.scope,
        "handset": opt_out.handset,
        "source": opt_out.source,
        "date_created": iso8601(opt_out.created_at),
        "url": f"{base_url(request)}/v1/Services/{opt_out.scope}/OptOuts/{opt_out.sid}",
    }


def _render_rules(request: Request, service: MessagingService) -> dict[str, object]:
    return {
        "account_sid": service.account_sid,
        "service_sid": service.sid,
        "advanced": bool(service.opt_out),
        **service.opt_out,
        "url": f"{base_url(request)}/v1/Services/{service.sid}/OptOut",
    }


_COLLECTION: Final = "/v1/Services/{service_sid}/OptOuts"
ROUTES: Final[list[Route]] = [
    *routes(_COLLECTION, POST=add, GET=list_page),
    *routes(_COLLECTION + ".csv", POST=import_csv, GET=export_csv),
    *routes(_COLLECTION + "/{sid}", GET=fetch, DELETE=remove),
    *routes(
        "/v1/Services/{service_sid}/OptOut", GET=fetch_rules, POST=set_rules, DELETE=reset_rules
    ),
]
