"""Accounts/{AccountSid}/Messages: create, fetch, list."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import metrics
from api.auth import admit
from api.bodies import read_body
from api.deps import services
from api.paging import PageRequest, envelope, read_page_request
from api.twilio import rendering
from api.twilio.forms import read_form, read_query
from smsc.errors import (
    BadParameter,
    BodyRequired,
    DestinationRequired,
    InvalidSender,
    MessagingServiceNotFound,
    NotFound,
    SchedulingNeedsService,
)
from smsc.messaging import queries
from smsc.messaging.outbound import Draft
from smsc.messaging.queries import Cursor, MessageFilter, StoredMessage
from smsc.sms.address import parse_sender

_FILTERS: Final = ("To", "From", "DateSent", "DateSent<", "DateSent>")


async def create(request: Request) -> Response:
    """Accept a message: the 201 leaves after its commit."""
    house = services(request)
    headers = request.headers
    account = await admit(request)
    form = read_form(
        await read_body(request.receive, headers.get("content-length")),
        headers.get("content-type"),
    )
    _refuse_what_we_lack(form)
    accepted = await house.outbound.accept(
        Draft(
            account=account,
            to=form.get("To"),
            from_=form.get("From"),
            body=form.get("Body"),
            status_callback=form.get("StatusCallback") or None,
            smart_encoded=form.get("SmartEncoded", "").lower() == "true",
        )
    )
    metrics.messages_accepted.inc()
    return _json(rendering.message(StoredMessage.just_accepted(accepted)), 201)


async def fetch(request: Request) -> Response:
    """Return one message."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    sid = request.path_params["sid"].removesuffix(".json")
    stored = await queries.fetch(house.database, account_sid, sid)
    if stored is None:
        raise NotFound(request.url.path)
    return _json(rendering.message(stored))


async def list_page(request: Request) -> Response:
    """Return a page of messages, newest first."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    query = read_query(request.scope["query_string"])
    asked = read_page_request(query)
    page = await queries.page(
        house.database, account_sid, read_filter(query), limit=asked.size, cursor=_cursor(asked)
    )
    paging = envelope(
        rendering.messages_path(account_sid) + ".json",
        [(name, query[name]) for name in _FILTERS if query.get(name)],
        asked,
        [message.sid for message in page.messages],
        has_older=page.has_older,
        has_newer=page.has_newer,
    )
    return _json(paging | {"messages": [rendering.message(message) for message in page.messages]})


async def list_media(request: Request) -> Response:
    """Return the media of a message: none, since an SMS has none."""
    house = services(request)
    account_sid, sid = request.path_params["account_sid"], request.path_params["sid"]
    await admit(request)
    if await queries.fetch(house.database, account_sid, sid) is None:
        raise NotFound(request.url.path)
    asked = read_page_request(read_query(request.scope["query_string"]))
    path = f"{rendering.messages_path(account_sid)}/{sid}/Media.json"
    paging = envelope(path, [], asked, [], has_older=False, has_newer=False)
    return _json(paging | {"media_list": []})


# Plain routes: FastAPI's own would cost as much as all else that happens here.
_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/Messages"
ROUTES: Final = [
    *(Route(_COLLECTION + suffix, create, methods=["POST"]) for suffix in (".json", "")),
    *(Route(_COLLECTION + suffix, list_page, methods=["GET"]) for suffix in (".json", "")),
    Route(_COLLECTION + "/{sid}", fetch, methods=["GET"]),
    Route(_COLLECTION + "/{sid}/Media.json", list_media, methods=["GET"]),
]


def read_filter(query: Mapping[str, str]) -> MessageFilter:
    """Read `To`, `From` and `DateSent` with its two bounds, all of them inclusive.

    A date is that whole day, GMT; a time is that whole second, but `DateSent` itself means the day
    even then: the SDKs send a date as its midnight.

    Raises:
        BadParameter: a date can't be read.
    """
    starts: list[datetime] = []
    ends: list[datetime] = []
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if not query.get(name):
            continue
        start, end = _span(name, query[name])
        if name != "DateSent<":
            starts.append(start)
        if name != "DateSent>":
            ends.append(end)
    return MessageFilter(
        to=_address(query.get("To")),
        from_=_address(query.get("From")),
        sent_from=max(starts, default=None),
        sent_before=min(ends, default=None),
    )


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """Return the beginning of a day or second, and of the next one."""
    try:
        moment = datetime.fromisoformat(text)
        # A plus that a client left unescaped came as a space: that is no zone that we can read.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if name == "DateSent" or len(text) == len("2026-01-31"):
            start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
            return start, start + timedelta(days=1)
        start = moment.replace(microsecond=0)
        return start, start + timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise BadParameter(
            f"{name} must be a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z."
        ) from None


def _address(text: str | None) -> str | None:
    """Write a filter's address as messages have it; what is no address matches none of them."""
    if not text:
        return None
    try:
        return parse_sender(text).value
    except InvalidSender:
        return text


def _cursor(asked: PageRequest) -> Cursor | None:
    return None if asked.sid is None else Cursor(asked.sid, asked.towards_newer)


def _refuse_what_we_lack(form: Mapping[str, str]) -> None:
    """Refuse what would change which message goes out, or when, if we ignored it."""
    service = form.get("MessagingServiceSid")
    if service or form.get("MediaUrl") or form.get("ContentSid"):
        if not form.get("To"):
            raise DestinationRequired
        if form.get("MediaUrl"):
            raise BadParameter("'MediaUrl' is not supported: this platform sends SMS.")
        if form.get("ContentSid"):
            raise BadParameter("'ContentSid' is not supported; send the text as 'Body'.")
    if service:
        if not form.get("Body"):
            raise BodyRequired
        raise MessagingServiceNotFound(service)
    if form.get("ScheduleType") or form.get("SendAt"):
        raise SchedulingNeedsService


def _json(value: Mapping[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
