"""OptOuts of services and of single numbers, which Twilio has no API for: who takes no messages.

Ours, in the style of the v1 APIs; described in docs/twilio-compatibility.md.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal, NotRequired

from pydantic import Field, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.routing import Route
from typing_extensions import TypedDict

from api.auth import admit
from api.bodies import read_body
from api.deps import services
from api.errors import complaints
from api.twilio.answer_types import (
    AccountSid,
    Created,
    Csv,
    Gone,
    Iso8601,
    Json,
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
    query_of,
    routes,
    sid_of,
)
from smsc import sids
from smsc.errors import BadParameter, UnsupportedMediaType
from smsc.models import MessagingService, OptOut
from smsc.provisioning import advanced_opt_out, opt_outs, owned_numbers
from smsc.provisioning.advanced_opt_out import AdvancedOptOut
from smsc.provisioning.owned import messaging_services
from smsc.provisioning.transaction import changing, reading

CSV: Final = "text/csv"
MOST_CSV_OCTETS: Final = 16 * 1024 * 1024  # half a million numbers


class OptOutJson(TypedDict):
    """A handset that takes no messages of a service, or of a number that is in none."""

    sid: Annotated[str, Field(pattern="^OO[0-9a-f]{32}$")]
    account_sid: AccountSid
    service_sid: ServiceSid | None
    sender: str | None
    handset: str
    source: Annotated[str, Field(pattern="^(keyword|api|import)$")]
    date_created: Iso8601
    url: Url


class ImportJson(TypedDict):
    """What became of a file: how many were not on the list before."""

    added: int


class AnswersJson(TypedDict):
    """What a handset is told in one language; empty: the default text."""

    stop: str
    start: str
    help: str


class RulesJson(TypedDict):
    """A service's words and answers; without `advanced`, the default ones hold."""

    account_sid: AccountSid
    service_sid: ServiceSid
    advanced: bool
    stop_words: NotRequired[list[str]]
    start_words: NotRequired[list[str]]
    help_words: NotRequired[list[str]]
    texts: NotRequired[dict[str, AnswersJson]]
    languages: NotRequired[dict[str, str]]
    language: NotRequired[str]
    url: Url


async def add(request: Request) -> Created[OptOutJson]:
    """Opt a handset out of the service's, or the number's, messages."""
    house, account, form = services(request), await admit(request), await form_of(request)
    if not form.get("Handset"):
        raise BadParameter("'Handset' is required.")
    async with changing(house.database, house.bells.announce_change) as db:
        scope = await _scope(db, request, account.sid)
        opt_out = await opt_outs.add(db, account.carrier_sid, account.sid, scope, form["Handset"])
    return created(_render(request, opt_out))


async def list_page(request: Request) -> PageV1[Literal["opt_outs"], OptOutJson]:
    """Return a page of opt-outs, newest first, or that of one handset."""
    house, account = services(request), await admit(request)
    handset = query_of(request).get("Handset") or None
    async with reading(house.database) as db:
        scope = await _scope(db, request, account.sid)
        window = await opt_outs.page(
            db, account.sid, scope, place_of(page_request(request)), handset
        )
    return list_v1(
        request, "opt_outs", window, lambda opt_out: _render(request, opt_out), ("Handset",)
    )


async def fetch(request: Request) -> Json[OptOutJson]:
    """Return an opt-out."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        scope = await _scope(db, request, account.sid)
        opt_out = await opt_outs.get(db, account.sid, scope, sid_of(request))
    return json(_render(request, found_at(request, opt_out)))


async def remove(request: Request) -> Gone:
    """Let a handset get messages again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        scope = await _scope(db, request, account.sid)
        await opt_outs.remove(db, account.sid, scope, sid_of(request))
    return no_content()


async def import_csv(request: Request) -> Json[ImportJson]:
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
        scope = await _scope(db, request, account.sid)
        count = await opt_outs.add_all(db, account.carrier_sid, account.sid, scope, text)
    return json(ImportJson(added=count))


async def export_csv(request: Request) -> Csv:
    """Return all opt-outs as CSV, oldest first."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        scope = await _scope(db, request, account.sid)

    async def lines() -> AsyncIterator[str]:
        async with reading(house.database) as db:
            async for line in opt_outs.export(db, account.sid, scope):
                yield line

    return Csv(lines())


async def fetch_rules(request: Request) -> Json[RulesJson]:
    """Return the service's own words and answers; without any, the default ones hold."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        service = await _service(db, request, account.sid)
    return json(_render_rules(request, service))


async def set_rules(request: Request) -> Json[RulesJson]:
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


async def reset_rules(request: Request) -> Gone:
    """Let the default words hold again."""
    house, account = services(request), await admit(request)
    async with changing(house.database, house.bells.announce_change) as db:
        sid = request.path_params["service_sid"]
        await advanced_opt_out.set_rules(db, account.sid, sid, None)
    return no_content()


async def _scope(db: AsyncSession, request: Request, account_sid: str) -> str:
    """Return what opt-outs are from: a service, or a number; one in a service has its list."""
    if "service_sid" in request.path_params:
        return (await _service(db, request, account_sid)).sid
    number_sid = request.path_params["number_sid"]
    number = found_at(request, await owned_numbers.get(db, account_sid, number_sid))
    return number.messaging_service_sid or number.phone_number


async def _service(db: AsyncSession, request: Request, account_sid: str) -> MessagingService:
    service_sid = request.path_params["service_sid"]
    return found_at(request, await messaging_services.get(db, account_sid, service_sid))


def _render(request: Request, opt_out: OptOut) -> OptOutJson:
    is_service = opt_out.scope.startswith(sids.Prefix.MESSAGING_SERVICE)
    collection = request.url.path.partition("/OptOuts")[0]
    return {
        "sid": opt_out.sid,
        "account_sid": opt_out.account_sid,
        "service_sid": opt_out.scope if is_service else None,
        "sender": None if is_service else opt_out.scope,
        "handset": opt_out.handset,
        "source": opt_out.source,
        "date_created": iso8601(opt_out.created_at),
        "url": f"{base_url(request)}{collection}/OptOuts/{opt_out.sid}",
    }


def _render_rules(request: Request, service: MessagingService) -> RulesJson:
    shown: RulesJson = {
        "account_sid": service.account_sid,
        "service_sid": service.sid,
        "advanced": bool(service.opt_out),
        "url": f"{base_url(request)}/v1/Services/{service.sid}/OptOut",
    }
    if not service.opt_out:
        return shown
    rules = AdvancedOptOut.model_validate(service.opt_out)
    return {
        **shown,
        "stop_words": rules.stop_words,
        "start_words": rules.start_words,
        "help_words": rules.help_words,
        "texts": {
            language: {"stop": told.stop, "start": told.start, "help": told.help}
            for language, told in rules.texts.items()
        },
        "languages": rules.languages,
        "language": rules.language,
    }


ROUTES: Final[list[Route]] = [
    *(
        route
        for owner in ("Services/{service_sid}", "PhoneNumbers/{number_sid}")
        for route in (
            *routes(f"/v1/{owner}/OptOuts", POST=add, GET=list_page),
            *routes(f"/v1/{owner}/OptOuts.csv", POST=import_csv, GET=export_csv),
            *routes(f"/v1/{owner}/OptOuts/{{sid}}", GET=fetch, DELETE=remove),
        )
    ),
    *routes(
        "/v1/Services/{service_sid}/OptOut", GET=fetch_rules, POST=set_rules, DELETE=reset_rules
    ),
]
