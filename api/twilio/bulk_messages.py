"""Bulks, our own: many messages of one request, as one resource beside Twilio's messages."""

from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api import metrics
from api.auth import admit
from api.deps import Services, services
from api.paging import read_page_request
from api.spooling import spooled
from api.twilio import rendering
from api.twilio.answer_types import (
    AccountSid,
    BulkSid,
    Created,
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
    here,
    iso8601,
    json,
    list_v1,
    page_request,
    place_of,
    query_of,
    routes,
)
from api.twilio.bulk_form import media_type_of, read_bulk_draft, read_line, read_status
from smsc.errors import ServiceUnavailable
from smsc.errors.messages import AlreadyAccepted
from smsc.messaging.accept import beside, recipients
from smsc.messaging.accept.bulk import BulkDraft
from smsc.messaging.reading import bulk_queries
from smsc.messaging.reading.queries import Cursor
from smsc.messaging.sending import bulks
from smsc.models import Bulk, BulkRejection, Lane
from smsc.provisioning.listing import Window
from smsc.provisioning.transaction import reading

MOST_BODY_OCTETS: Final = 64 * 1024 * 1024
_WAITING: Final = ("queued", "scheduled", "accepted")


class BulkLinksJson(TypedDict):
    """Where the parts of a bulk are."""

    messages: Url
    rejections: Url


# `from` is a keyword, so this one can't be written as a class.
BulkJson = TypedDict(
    "BulkJson",
    {
        "sid": BulkSid,
        "account_sid": AccountSid,
        "status": Annotated[str, Field(pattern="^(sending|paused|canceled|completed)$")],
        "lane": Annotated[str, Field(pattern="^(alert|otp|normal|bulk)$")],
        "from": str | None,
        "messaging_service_sid": ServiceSid | None,
        "body": str,
        "status_callback": Url | None,
        "validity_period": int | None,
        "recipients": int,
        "accepted": int,
        "rejected": int,
        "date_created": Iso8601,
        "date_updated": Iso8601,
        "date_expires": Iso8601,
        "date_finished": Iso8601 | None,
        "url": Url,
        "links": BulkLinksJson,
    },
)


class CountedBulkJson(BulkJson):
    """A bulk with the counts of its messages by status, and what part of them has been sent."""

    counts: dict[str, int]
    progress: float


class RejectionJson(TypedDict):
    """A line that made no message, and how to mend it."""

    line: int
    to: str | None
    error_code: int
    message: str


class RejectionsMetaJson(TypedDict):
    """Where the rest of the rejections is."""

    key: Literal["rejections"]
    page_size: int
    url: Url
    next_page_url: Url | None


class RejectionsJson(TypedDict):
    """A page of rejections, in the order of their lines."""

    rejections: list[RejectionJson]
    meta: RejectionsMetaJson


async def create(request: Request) -> Created[CountedBulkJson]:
    """Accept messages for the recipients in the body: the 201 leaves after the commit of all."""
    house, account = services(request), await admit(request)
    kind = media_type_of(request.headers.get("content-type"))
    query = query_of(request)
    async with spooled(request, MOST_BODY_OCTETS) as body:
        digest = body.digest + request.scope["query_string"]
        draft = read_bulk_draft(query, account, request.headers.get("idempotency-key"), digest)
        sid = await _earlier(house, draft)
        if sid is None:
            lines = recipients.read(body.file, kind, draft.template.names)
            try:
                sid = await house.bulks.accept(draft, lines)
            except AlreadyAccepted:  # by a request that ran beside this one
                sid = await _earlier(house, draft)
                if sid is None:
                    raise ServiceUnavailable from None
    shown = await _counted(request, account.sid, sid)
    metrics.messages_accepted.inc(shown["accepted"])
    return created(shown)


async def fetch(request: Request) -> Json[CountedBulkJson]:
    """Return one bulk with the counts of its messages by status."""
    account = await admit(request)
    return json(await _counted(request, account.sid, request.path_params["sid"]))


async def list_page(request: Request) -> PageV1[Literal["bulks"], BulkJson]:
    """Return a page of bulks, newest first; the counts by status are in each alone."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        window = await bulk_queries.page(
            db, house.database.sealer, account.sid, place_of(page_request(request))
        )
    return list_v1(request, "bulks", window, lambda bulk: _bulk(request, bulk))


async def update(request: Request) -> Json[CountedBulkJson]:
    """Pause a bulk, let it go on, or cancel what waits of it."""
    house, account = services(request), await admit(request)
    sid = request.path_params["sid"]
    match read_status(await form_of(request)):
        case "paused":
            await bulks.pause(house.confined, account.sid, sid)
        case "sending":
            await bulks.resume(house.confined, account.sid, sid)
        case _:
            await bulks.cancel(house.confined, account.sid, sid)
    return json(await _counted(request, account.sid, sid))


async def list_messages(
    request: Request,
) -> PageV1[Literal["messages"], rendering.MessageJson]:
    """Return a page of a bulk's messages, newest first."""
    house, account, query = services(request), await admit(request), query_of(request)
    bulk = await _of_path(request, house, account.sid)
    asked = page_request(request)
    cursor = None if asked.sid is None else Cursor(asked.sid, asked.towards_newer)
    page = await bulk_queries.messages(
        house.confined, bulk, query.get("Status") or None, limit=asked.size, cursor=cursor
    )
    window = Window(page.messages, page.has_older, page.has_newer)
    return list_v1(request, "messages", window, rendering.message, ("Status",))


async def list_rejections(request: Request) -> Json[RejectionsJson]:
    """Return the lines of a bulk that made no message, in their order, and how to mend each."""
    house, account, query = services(request), await admit(request), query_of(request)
    bulk = await _of_path(request, house, account.sid)
    size = read_page_request({name: query[name] for name in ("PageSize",) if name in query}).size
    after = read_line(query.get("AfterLine"))
    async with reading(house.database) as db:
        page = await bulk_queries.rejections(db, bulk, limit=size, after=after)
    following = f"{here(request)}?PageSize={size}&AfterLine={page.after}"
    return json(
        {
            "rejections": [_rejection(one) for one in page.items],
            "meta": {
                "key": "rejections",
                "page_size": size,
                "url": here(request),
                "next_page_url": None if page.after is None else following,
            },
        }
    )


async def _earlier(house: Services, draft: BulkDraft) -> str | None:
    """Return the bulk that the draft's idempotency key made before, if it is of the same request.

    Raises:
        AlreadyAccepted: it is of another.
    """
    key = draft.idempotency_key
    if key is None:
        return None
    earlier = await beside.earlier_request(house.confined, draft.account.sid, key.key)
    if earlier is None:
        return None
    if earlier.digest != key.digest:
        raise AlreadyAccepted
    return earlier.message_sid


async def _of_path(request: Request, house: Services, account_sid: str) -> Bulk:
    async with reading(house.database) as db:
        bulk = await bulk_queries.get(
            db, house.database.sealer, account_sid, request.path_params["sid"]
        )
    return found_at(request, bulk)


async def _counted(request: Request, account_sid: str, sid: str) -> CountedBulkJson:
    house = services(request)
    async with reading(house.database) as db:
        bulk = found_at(
            request, await bulk_queries.get(db, house.database.sealer, account_sid, sid)
        )
    counts = await bulk_queries.counts(house.confined, bulk)
    accepted = bulk.recipients - bulk.rejected
    left = sum(counts.get(name, 0) for name in _WAITING)
    progress = 1.0 if not accepted else round(1 - left / accepted, 4)
    return CountedBulkJson(**_bulk(request, bulk), counts=counts, progress=progress)


def _bulk(request: Request, bulk: Bulk) -> BulkJson:
    url = f"{base_url(request)}/v1/Messages/Bulk/{bulk.sid}"
    return {
        "sid": bulk.sid,
        "account_sid": bulk.account_sid,
        "status": bulk.status,
        "lane": Lane(bulk.lane).name.lower(),
        "from": bulk.from_,
        "messaging_service_sid": bulk.messaging_service_sid,
        "body": bulk.body,
        "status_callback": bulk.status_callback,
        "validity_period": bulk.validity_seconds,
        "recipients": bulk.recipients,
        "accepted": bulk.recipients - bulk.rejected,
        "rejected": bulk.rejected,
        "date_created": iso8601(bulk.created_at),
        "date_updated": iso8601(bulk.updated_at),
        "date_expires": iso8601(bulk.expires_at),
        "date_finished": None if bulk.finished_at is None else iso8601(bulk.finished_at),
        "url": url,
        "links": {"messages": f"{url}/Messages", "rejections": f"{url}/Rejections"},
    }


def _rejection(rejection: BulkRejection) -> RejectionJson:
    return {
        "line": rejection.line,
        "to": rejection.to_,
        "error_code": rejection.error_code,
        "message": rejection.why,
    }


_PATH: Final = "/v1/Messages/Bulk"
ROUTES: Final = [
    *routes(_PATH, POST=create, GET=list_page),
    *routes(_PATH + "/{sid}", GET=fetch, POST=update),
    *routes(_PATH + "/{sid}/Messages", GET=list_messages),
    *routes(_PATH + "/{sid}/Rejections", GET=list_rejections),
]
