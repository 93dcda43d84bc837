"""The request inspector: what programs sent to the API, and what it answered."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.alert_words import meaning
from api.dashboard.forms import chosen_account
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require
from api.deps import services
from smsc.errors import BadParameter
from smsc.messaging.tracing import api_requests
from smsc.messaging.tracing.api_requests import RequestFilter
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading

_ROWS: Final = 50
_MOST_DIGITS: Final = 18
_OUTCOMES: Final = {"": None, "refused": True, "served": False}


async def show(request: Request, visitor: Visitor) -> Response:
    """List an account's requests, newest first.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
        BadParameter: a filter can't be read.
    """
    house, query = services(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in ("outcome", "path", "id")}
    if asked["outcome"] not in _OUTCOMES:
        raise BadParameter(_("There is no outcome %(name)r.", name=asked["outcome"]))
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    account = chosen_account(query.get("account"), names.accounts)
    require(visitor.reach.develops_for(account), account)
    wanted = RequestFilter(
        refused=_OUTCOMES[asked["outcome"]],
        in_path=asked["path"] or None,
        request_id=asked["id"] or None,
    )
    carrier, before = visitor.reach.carrier_sid, _number(query.get("after", ""))
    found = await api_requests.page(
        house.confined, carrier, account, wanted, limit=_ROWS, before=before
    )
    kept = {name: value for name, value in (asked | {"account": account}).items() if value}
    older = None
    if len(found) == _ROWS:
        older = f"/requests?{urlencode(kept | {'after': found[-1].seq})}"
    return render(
        "requests.html",
        visitor,
        requests=found,
        account=account,
        names=names,
        asked=asked,
        older=older,
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a request with its parameters and its answer.

    Raises:
        NotFound: it is out of reach.
    """
    seq = _number(request.path_params["seq"])
    require(seq is not None, request.url.path)
    assert seq is not None  # noqa: S101 as required
    carrier = visitor.reach.carrier_sid
    found = await api_requests.get(services(request).confined, carrier, seq)
    require(
        found is not None and visitor.reach.develops_for(found.line.account_sid), request.url.path
    )
    assert found is not None  # noqa: S101 as required
    code = found.line.error_code
    return render(
        "request.html",
        visitor,
        line=found.line,
        details=found.details,
        meaning="" if code is None else meaning(code),
    )


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        return None
    return int(text)
