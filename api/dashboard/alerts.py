"""Alerts: what went wrong with customers' servers, by Twilio's codes and in plain words."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.alert_words import meaning
from api.dashboard.forms import after_in, chosen_account
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require
from api.deps import services
from smsc import sids
from smsc.errors import BadParameter
from smsc.messaging.reading import alert_queries
from smsc.provisioning.listing import Place
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.webhooks import alerts

_ROWS: Final = 50
_LEVELS: Final = ("error", "warning")


async def show(request: Request, visitor: Visitor) -> Response:
    """List an account's alerts, newest first.

    Raises:
        NotFound: the account is out of reach.
        BadParameter: there is no such level.
    """
    query = request.query_params
    level = query.get("level", "")
    if level and level not in _LEVELS:
        raise BadParameter(_("There is no level %(name)r.", name=level))
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
        account = chosen_account(query.get("account"), names.accounts)
        place = Place(_ROWS, after_in(query))
        found = await alert_queries.page(db, account, place, log_level=level or None)
    kept = {"account": account, "level": level}
    last = found.items[-1].sid if found.items else ""
    return render(
        "alerts.html",
        visitor,
        alerts=found.items,
        account=account,
        names=names,
        level=level,
        levels=_LEVELS,
        meaning=meaning,
        older=f"/alerts?{urlencode(kept | {'after': last})}" if found.has_older else None,
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show an alert with the request that it is about, and its answer.

    Raises:
        NotFound: it is out of reach.
    """
    house, sid = services(request), request.path_params["sid"]
    async with reading(house.database) as db:
        alert = await alert_queries.of_carrier(db, visitor.reach.carrier_sid, sid)
    require(alert is not None and visitor.reach.sees_account(alert.account_sid), sid)
    assert alert is not None  # noqa: S101 as required
    variables, body = await alerts.request_of(house.database.sealer, alert)
    return render(
        "alert.html",
        visitor,
        alert=alert,
        meaning=meaning(alert.error_code),
        variables=variables,
        body=body,
        is_message=alert.resource_sid.startswith(sids.Prefix.MESSAGE),
    )
