"""Lists of the Carrier API: `{"data": […], "next": …}`, walked by an opaque cursor."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated, ClassVar, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request

from api.deps import services
from smsc import sids
from smsc.errors import BadParameter
from smsc.provisioning.listing import Slice

DEFAULT_LIMIT: Final = 50
MOST: Final = 1000

T = TypeVar("T")
V = TypeVar("V", bound=BaseModel)


class ListView(BaseModel, Generic[V]):
    """A page; `next` is the URL of the one after it, null on the last."""

    data: list[V]
    next: str | None


class Asked:
    """Which page a request wants."""

    _shape: ClassVar = sids.SHAPE  # of what a cursor stands for

    def __init__(
        self,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> None:
        self._request = request
        self.limit = limit
        self.after = None if not cursor else _read_cursor(cursor, self._shape)

    def render(self, page: Slice[T], view: Callable[[T], V]) -> ListView[V]:
        """Return a page of the use case's objects as JSON has them."""
        return ListView(data=[view(item) for item in page.items], next=self._next(page.after))

    def _next(self, after: str | None) -> str | None:
        if after is None:
            return None
        cursor = urlsafe_b64encode(after.encode()).decode().rstrip("=")
        url = self._request.url.include_query_params(cursor=cursor, limit=self.limit)
        public_url = services(self._request).settings.public_url
        return str(url) if public_url is None else f"{public_url}{url.path}?{url.query}"


class AskedByNumber(Asked):
    """Which page a request wants of a list whose objects have numbers for SIDs."""

    _shape = re.compile(r"[0-9]{1,18}")


def _read_cursor(cursor: str, shape: re.Pattern[str]) -> str:
    try:
        after = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        after = ""
    if not shape.fullmatch(after):
        raise BadParameter("'cursor' is not one that a previous answer gave.")
    return after


Paging = Annotated[Asked, Depends()]
PagingByNumber = Annotated[AskedByNumber, Depends()]
