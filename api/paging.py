"""Pages of the 2010 API: sizes, tokens, and the URIs that lead from one page to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from typing_extensions import TypedDict

from smsc import sids
from smsc.errors import BadParameter

DEFAULT_PAGE_SIZE: Final = 50
MOST_PAGE_SIZE: Final = 1000

_OLDER: Final = "PA"  # then a SID: the page after it
_NEWER: Final = "PB"  # then a SID: the page before it


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a client asks for. `number` is only repeated to it; the token says where a page is."""

    size: int = DEFAULT_PAGE_SIZE
    number: int = 0
    sid: str | None = None  # the page begins beside it; None: the first page
    towards_newer: bool = False


class Envelope(TypedDict):
    """What stands around a page of the 2010 API; URIs are relative to the host."""

    first_page_uri: str
    next_page_uri: str | None
    previous_page_uri: str | None
    uri: str
    page: int
    page_size: int
    start: int
    end: int


class Meta(TypedDict):
    """What stands beside a page of the v1 and v2 APIs; URLs are absolute."""

    page: int
    page_size: int
    first_page_url: str
    previous_page_url: str | None
    url: str
    next_page_url: str | None
    key: str


def read_page_request(query: Mapping[str, str]) -> PageRequest:
    """Read `PageSize`, `Page` and `PageToken`. More than 1000 a page is answered with 1000.

    A page number without a token is refused: pages are found by token alone, and answering the
    first page again would make a client that only counts up loop for ever.

    Raises:
        BadParameter: one of them can't be read.
    """
    size = min(_count(query, "PageSize", DEFAULT_PAGE_SIZE), MOST_PAGE_SIZE)
    if size < 1:
        raise BadParameter("PageSize must be at least 1.")
    number = _count(query, "Page", 0)
    token = query.get("PageToken")
    if not token:
        if number > 0:
            raise BadParameter("Page needs the PageToken of the previous answer's next_page_uri.")
        return PageRequest(size)
    direction, sid = token[:2], token[2:]
    if direction not in {_OLDER, _NEWER} or not sids.SHAPE.fullmatch(sid):
        raise BadParameter("PageToken is not one that a previous answer gave.")
    return PageRequest(size, number, sid, direction == _NEWER)


def envelope(
    path: str,
    filters: Sequence[tuple[str, str]],
    asked: PageRequest,
    shown: Sequence[str],
    *,
    has_older: bool,
    has_newer: bool,
) -> Envelope:
    """Return the paging fields around a list. `shown` are the SIDs on it, newest first.

    URIs are relative to the host and repeat the filters.

    Source: https://www.twilio.com/docs/usage/twilios-response#pagination
    """

    def uri(number: int, token: str | None) -> str:
        query = [*filters, ("PageSize", str(asked.size)), ("Page", str(number))]
        if token is not None:
            query.append(("PageToken", token))
        return f"{path}?{urlencode(query)}"

    here = None
    if asked.sid is not None:
        here = (_NEWER if asked.towards_newer else _OLDER) + asked.sid
    newer = has_newer and shown
    older = has_older and shown
    start = asked.number * asked.size if shown else 0
    return {
        "first_page_uri": uri(0, None),
        "next_page_uri": uri(asked.number + 1, _OLDER + shown[-1]) if older else None,
        "previous_page_uri": uri(max(asked.number - 1, 0), _NEWER + shown[0]) if newer else None,
        "uri": uri(asked.number, here),
        "page": asked.number,
        "page_size": asked.size,
        "start": start,
        "end": start + len(shown) - 1 if shown else 0,
    }


def meta(
    url: str,
    key: str,
    filters: Sequence[tuple[str, str]],
    asked: PageRequest,
    shown: Sequence[str],
    *,
    has_older: bool,
    has_newer: bool,
) -> Meta:
    """Return the `meta` of a list of the v1 and v2 APIs, whose array is under `key`.

    The same as `envelope`, but that URLs are absolute: `url` is the list's own.
    """
    base = url.removesuffix(urlsplit(url).path)
    paging = envelope(
        urlsplit(url).path, filters, asked, shown, has_older=has_older, has_newer=has_newer
    )

    older, newer = paging["next_page_uri"], paging["previous_page_uri"]
    return {
        "page": asked.number,
        "page_size": asked.size,
        "first_page_url": f"{base}{paging['first_page_uri']}",
        "previous_page_url": None if newer is None else f"{base}{newer}",
        "url": f"{base}{paging['uri']}",
        "next_page_url": None if older is None else f"{base}{older}",
        "key": key,
    }


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadParameter(f"{name} must be a number, 0 or more.")
    return int(text)
