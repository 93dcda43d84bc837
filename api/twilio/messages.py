"""Accounts/{AccountSid}/Messages: create, fetch, list, redact, delete; Media and Feedback."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal

from starlette.requests import Request
from starlette.routing import Route

from api import metrics
from api.auth import admit
from api.bodies import header, read_body
from api.deps import Services, services
from api.paging import PageRequest, envelope, read_page_request
from api.twilio import rendering
from api.twilio.answer_types import Created, Gone, Json, Page2010
from api.twilio.answers import created, form_of, json, no_content, sid_of
from api.twilio.dates import span
from api.twilio.forms import read_all, read_form, read_query
from api.twilio.message_form import read_draft, read_idempotency_key
from api.twilio.rendering import FeedbackJson, MessageJson
from smsc.errors import BadParameter, InvalidSender, NotFound, ServiceUnavailable
from smsc.errors.messages import AlreadyAccepted, BadMessageUpdate, NotCancelable
from smsc.messaging import edits
from smsc.messaging.accept import beside, magic
from smsc.messaging.accept.drafts import Draft, IdempotencyKey
from smsc.messaging.directory import AccountFacts
from smsc.messaging.reading import account_pages, queries
from smsc.messaging.reading.queries import Cursor, MessageFilter, StoredMessage
from smsc.messaging.sending import schedule
from smsc.sms.address import parse_sender
from smsc.sms.status import MessageStatus

_OUTCOMES: Final = frozenset({"confirmed", "unconfirmed"})
_FILTERS: Final = ("To", "From", "DateSent", "DateSent<", "DateSent>")


async def create(request: Request) -> Created[MessageJson]:
    """Accept a message: the 201 leaves after its commit."""
    return created(await accept(request))


async def accept(request: Request) -> MessageJson:
    """Accept the message of a request, and return it once it is committed.

    Raises:
        GatewayError: the request is refused.
    """
    house, scope = services(request), request.scope
    account = await admit(request)
    body = await read_body(request.receive, header(scope, b"content-length"))
    form = scope["form"] = read_form(body, header(scope, b"content-type"))
    media_urls = read_all(body, "MediaUrl") if "MediaUrl" in form else ()
    if account.is_test:
        pretended = magic.pretend_to_send(read_draft(form, media_urls, account))
        return rendering.message(pretended)
    key = read_idempotency_key(header(scope, b"idempotency-key"), body)
    if key is None:
        accepted = await house.outbound.accept(read_draft(form, media_urls, account))
        metrics.messages_accepted.inc()
        return rendering.message(StoredMessage.just_accepted(accepted))
    return await _accept_once(house, account, key, lambda: read_draft(form, media_urls, account))


async def _accept_once(
    house: Services, account: AccountFacts, key: IdempotencyKey, draft: Callable[[], Draft]
) -> MessageJson:
    """Accept a message unless its key was used: then repeat the answer that was given."""
    earlier = await beside.earlier_request(house.confined, account.sid, key.key)
    if earlier is None:
        try:
            accepted = await house.outbound.accept(draft()._replace(idempotency_key=key))
        except AlreadyAccepted:  # by a request that ran beside this one
            earlier = await beside.earlier_request(house.confined, account.sid, key.key)
            if earlier is None:
                raise ServiceUnavailable from None
        else:
            metrics.messages_accepted.inc()
            return rendering.message(StoredMessage.just_accepted(accepted))
    if earlier.digest != key.digest:
        raise AlreadyAccepted
    stored = await queries.fetch(house.confined, account.sid, earlier.message_sid)
    if stored is None:
        raise NotFound(earlier.message_sid)
    return rendering.message(stored.as_first_told(earlier.status))


async def fetch(request: Request) -> Json[MessageJson]:
    """Return one message."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    stored = await queries.fetch(house.confined, account_sid, sid_of(request))
    if stored is None:
        raise NotFound(request.url.path)
    return json(rendering.message(stored))


async def list_page(request: Request) -> Page2010[Literal["messages"], MessageJson]:
    """Return a page of messages, newest first."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    query = read_query(request.scope["query_string"])
    asked = read_page_request(query)
    page = await account_pages.page(
        house.confined, account_sid, read_filter(query), limit=asked.size, cursor=_cursor(asked)
    )
    paging = envelope(
        rendering.messages_path(account_sid) + ".json",
        [(name, query[name]) for name in _FILTERS if query.get(name)],
        asked,
        [message.sid for message in page.messages],
        has_older=page.has_older,
        has_newer=page.has_newer,
    )
    shown = [rendering.message(message) for message in page.messages]
    return Page2010(paging, "messages", shown)


async def update(request: Request) -> Json[MessageJson]:
    """Redact a message by an empty body, or cancel one that is scheduled."""
    house = services(request)
    account_sid, sid = request.path_params["account_sid"], sid_of(request)
    await admit(request)
    form = await form_of(request)
    body, status = form.get("Body"), form.get("Status")
    if body == "" and not status:
        await edits.redact(house.confined, account_sid, sid)
    elif body is None and status == MessageStatus.CANCELED:
        if not await schedule.cancel(house.confined, account_sid, sid):
            stored = await queries.fetch(house.confined, account_sid, sid)
            if stored is None:
                raise NotFound(request.url.path)
            raise NotCancelable(stored.status)
        house.bells.ring_webhooks()
    else:
        raise BadMessageUpdate
    return await fetch(request)


async def delete(request: Request) -> Gone:
    """Delete a finished message."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    await edits.delete(house.confined, account_sid, sid_of(request))
    return no_content()


async def give_feedback(request: Request) -> Created[FeedbackJson]:
    """Keep what the customer reports of a message."""
    house = services(request)
    account_sid = request.path_params["account_sid"]
    await admit(request)
    outcome = (await form_of(request)).get("Outcome") or "confirmed"
    if outcome not in _OUTCOMES:
        raise BadParameter("'Outcome' must be confirmed or unconfirmed.")
    given = await edits.give_feedback(house.confined, account_sid, sid_of(request), outcome)
    if given is None:
        raise NotFound(request.url.path)
    return created(rendering.feedback(given))


async def list_media(request: Request) -> Page2010[Literal["media_list"], dict[str, object]]:
    """Return the media of a message: none, since an SMS has none."""
    house = services(request)
    account_sid, sid = request.path_params["account_sid"], request.path_params["sid"]
    await admit(request)
    if await queries.fetch(house.confined, account_sid, sid) is None:
        raise NotFound(request.url.path)
    asked = read_page_request(read_query(request.scope["query_string"]))
    path = f"{rendering.messages_path(account_sid)}/{sid}/Media.json"
    paging = envelope(path, [], asked, [], has_older=False, has_newer=False)
    return Page2010(paging, "media_list", [])


# Plain routes: FastAPI's own would cost as much as all else that happens here.
_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/Messages"
ROUTES: Final = [
    *(Route(_COLLECTION + suffix, create, methods=["POST"]) for suffix in (".json", "")),
    *(Route(_COLLECTION + suffix, list_page, methods=["GET"]) for suffix in (".json", "")),
    Route(_COLLECTION + "/{sid}", fetch, methods=["GET"]),
    Route(_COLLECTION + "/{sid}", update, methods=["POST"]),
    Route(_COLLECTION + "/{sid}", delete, methods=["DELETE"]),
    Route(_COLLECTION + "/{sid}/Feedback.json", give_feedback, methods=["POST"]),
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
        start, end = span(name, query[name], whole_day=name == "DateSent")
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
