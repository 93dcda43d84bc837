"""Answers and requests of Twilio's resources: JSON, forms, lists, dates, absolute URLs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.routing import Route

from api.bodies import read_body
from api.deps import services
from api.paging import PageRequest, envelope, meta, read_page_request
from api.twilio.answer_types import Created, Gone, Json, K, Page2010, PageV1, V
from api.twilio.forms import read_form, read_query
from smsc.errors import BadParameter, NotFound
from smsc.provisioning.listing import Identified, Place, Window

T = TypeVar("T", bound=Identified)
Handler = Callable[[Request], object]
_TRUE: Final = "true"
_FALSE: Final = "false"


def json(value: V) -> Json[V]:
    """Answer with a JSON object."""
    return Json(value)


def created(value: V) -> Created[V]:
    """Answer with what was made."""
    return Created(value)


def no_content() -> Gone:
    """Answer that something is gone."""
    return Gone()


def iso8601(moment: datetime) -> str:
    """Write a moment as the v1 and v2 APIs do: `2015-07-30T20:12:31Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


async def form_of(request: Request) -> dict[str, str]:
    """Read a request's form.

    Raises:
        RequestTooLarge, UnsupportedMediaType, BadParameter: it can't be read.
    """
    headers = request.headers
    body = await read_body(request.receive, headers.get("content-length"))
    form = read_form(body, headers.get("content-type"))
    request.scope["form"] = form  # for `api.request_log`
    return form


def query_of(request: Request) -> dict[str, str]:
    """Read a request's query.

    Raises:
        BadParameter: it can't be read.
    """
    return read_query(request.scope["query_string"])


def truth(form: Mapping[str, str], name: str) -> bool | None:
    """Read a boolean, in any case; None: not sent.

    Raises:
        BadParameter: it is neither `true` nor `false`.
    """
    text = form.get(name, "").lower()
    if text not in {"", _TRUE, _FALSE}:
        raise BadParameter(f"{name} must be true or false.")
    return None if not text else text == _TRUE


def sid_of(request: Request, name: str = "sid") -> str:
    """Return the SID that ends a path, without `.json`."""
    sid: str = request.path_params[name]
    return sid.removesuffix(".json")


def path_2010(request: Request) -> str:
    """Return a request's path as the 2010 API writes it, `.json` included."""
    return f"{request.url.path.removesuffix('.json')}.json"


def here(request: Request) -> str:
    """Return where the request was sent to, as the customer knows it, without a query."""
    return f"{base_url(request)}{request.url.path}"


def base_url(request: Request) -> str:
    """Return the API's URL as the customer knows it, without a slash at its end."""
    public_url = services(request).settings.public_url
    return public_url or f"{request.url.scheme}://{request.url.netloc}"


def place_of(asked: PageRequest) -> Place:
    """Return the window of a list that a page is."""
    return Place(asked.size, asked.sid, asked.towards_newer)


def page_request(request: Request) -> PageRequest:
    """Read which page is wanted.

    Raises:
        BadParameter: it can't be read.
    """
    return read_page_request(query_of(request))


def list_2010(
    request: Request,
    key: K,
    window: Window[T],
    render: Callable[[T], V],
    filters: Sequence[str] = (),
) -> Page2010[K, V]:
    """Answer with a page of a list of the 2010 API."""
    query = query_of(request)
    paging = envelope(
        path_2010(request),
        [(name, query[name]) for name in filters if query.get(name)],
        read_page_request(query),
        [item.sid for item in window.items],
        has_older=window.has_older,
        has_newer=window.has_newer,
    )
    return Page2010(paging, key, [render(item) for item in window.items])


def list_v1(
    request: Request,
    key: K,
    window: Window[T],
    render: Callable[[T], V],
    filters: Sequence[str] = (),
) -> PageV1[K, V]:
    """Answer with a page of a list of the v1 and v2 APIs."""
    query = query_of(request)
    paging = meta(
        here(request),
        key,
        [(name, query[name]) for name in filters if query.get(name)],
        read_page_request(query),
        [item.sid for item in window.items],
        has_older=window.has_older,
        has_newer=window.has_newer,
    )
    return PageV1(paging, key, [render(item) for item in window.items])


def found_at(request: Request, item: T | None) -> T:
    """Return what a path leads to.

    Raises:
        NotFound: nothing that the account may see.
    """
    if item is None:
        raise NotFound(request.url.path)
    return item


def routes_2010(path: str, **handlers: Handler) -> list[Route]:
    """Make the routes of a path of the 2010 API, by method; `.json` may be left out."""
    return [
        Route(path + suffix, handler, methods=[method])
        for method, handler in handlers.items()
        for suffix in ((".json", "") if not path.endswith("}") else ("",))
    ]


def routes(path: str, **handlers: Handler) -> list[Route]:
    """Make the routes of a path of the v1 and v2 APIs, by method."""
    return [Route(path, handler, methods=[method]) for method, handler in handlers.items()]
