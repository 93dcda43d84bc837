"""Webhooks: what customers' servers were told and answered; servers that fail; telling again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import chosen_account, developed_account_in
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import services
from smsc import sids
from smsc.errors import BadParameter
from smsc.messaging import replaying
from smsc.messaging.reading import webhook_log
from smsc.messaging.reading.webhook_log import LogFilter, LogPage
from smsc.provisioning import accounts
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import reading
from smsc.webhooks import endpoints
from smsc.webhooks.endpoints import Endpoint

log = structlog.get_logger()

_ROWS: Final = 50
_MOST_ENDPOINTS: Final = 30
_MOST_DIGITS: Final = 18
_OUTCOMES: Final = {"": None, "failed": True, "taken": False}
_EVENTS: Final = ("received", "sent", "delivered", "undelivered", "failed", "canceled")
_HOURS: Final = (1, 6, 24, 72)


async def show(request: Request, visitor: Visitor) -> Response:
    """Show an account's servers that fail, and the requests that were made to all of them.

    Raises:
        NotFound: the account is out of reach.
        BadParameter: a filter can't be read.
    """
    house, query = services(request), request.query_params
    names_wanted = ("message", "outcome", "event", "url")
    asked = {name: query.get(name, "").strip() for name in names_wanted}
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    account = chosen_account(query.get("account"), names.accounts)
    carrier = visitor.reach.carrier_sid
    found = await _attempts(request, carrier, account, asked)
    failing = await endpoints.failing(house.confined, carrier, account)
    kept = {name: value for name, value in (asked | {"account": account}).items() if value}
    return render(
        "webhooks.html",
        visitor,
        attempts=found.attempts,
        endpoints=failing[:_MOST_ENDPOINTS],
        account=account,
        names=names,
        asked=asked,
        events=_EVENTS,
        hours=_HOURS,
        older=f"/webhooks?{urlencode(kept | {'after': found.after})}" if found.after else None,
        may_change=visitor.reach.develops_for(account),
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show one attempt with its request and answer.

    Raises:
        NotFound: it is out of reach.
    """
    house = services(request)
    message_sid, seq = request.path_params["sid"], request.path_params["seq"]
    require(seq.isascii() and seq.isdecimal() and len(seq) <= _MOST_DIGITS, request.url.path)
    found = await webhook_log.exchange(
        house.confined, visitor.reach.carrier_sid, message_sid, int(seq)
    )
    require(
        found is not None and visitor.reach.sees_account(found.attempt.account_sid),
        request.url.path,
    )
    assert found is not None  # noqa: S101 as required
    account = found.attempt.account_sid
    return render(
        "webhook.html",
        visitor,
        exchange=found,
        attempt=found.attempt,
        account=account,
        is_message=message_sid.startswith(sids.Prefix.MESSAGE),
        may_change=visitor.reach.develops_for(account),
    )


async def replay(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Tell a message's events again, or all that failed of the last hours.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
        BadParameter: neither a message nor hours.
    """
    house, account = services(request), developed_account_in(form, visitor)
    await _require_account(request, visitor, account)
    message, hours = form.get("message", "").strip(), form.get("hours", "")
    if message:
        count = await replaying.replay_message(house.confined, house.directory, account, message)
    elif hours.isascii() and hours.isdecimal() and int(hours[:3]) in _HOURS:
        since = datetime.now(UTC) - timedelta(hours=int(hours[:3]))
        count = await replaying.replay_failed(house.confined, house.directory, account, since)
    else:
        raise BadParameter(_("Name a message, or how many hours to look back."))
    house.bells.ring_webhooks()
    log.info("webhooks.replayed", by=visitor.user.sid, account_sid=account, count=count)
    return see_other(f"/webhooks?account={account}", "replayed", count)


async def resume(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Forget a server's failures, and send what waits for it.

    Raises:
        NotFound: the account isn't the visitor's to develop for.
    """
    house, account = services(request), developed_account_in(form, visitor)
    await _require_account(request, visitor, account)
    endpoint = Endpoint(account, form.get("origin", ""))
    await endpoints.resume(house.confined, endpoint)
    count = await endpoints.release(house.confined, endpoint)
    house.bells.ring_webhooks()
    log.info("endpoint.resumed", by=visitor.user.sid, origin=endpoint.origin, webhooks=count)
    return see_other(f"/webhooks?account={account}", "replayed", count)


async def _attempts(
    request: Request, carrier: str, account: str, asked: Mapping[str, str]
) -> LogPage:
    database = services(request).confined
    if asked["message"]:
        return await webhook_log.of_resource(
            database, carrier, account, asked["message"], limit=_ROWS
        )
    after = request.query_params.get("after") or None
    if after is not None:
        sid, __, seq = after.partition(".")
        is_place = sids.SHAPE.fullmatch(sid) is not None and seq.isascii() and seq.isdecimal()
        if not is_place or len(seq) > _MOST_DIGITS:
            raise BadParameter(_("%(name)s is not a SID.", name="after"))
    if asked["outcome"] not in _OUTCOMES:
        raise BadParameter(_("There is no outcome %(name)r.", name=asked["outcome"]))
    wanted = LogFilter(
        failed=_OUTCOMES[asked["outcome"]],
        event=asked["event"] or None,
        in_url=asked["url"] or None,
    )
    return await webhook_log.page(database, carrier, account, wanted, limit=_ROWS, after=after)


async def _require_account(request: Request, visitor: Visitor, account: str) -> None:
    async with reading(services(request).database) as db:
        await accounts.get(db, visitor.reach.carrier_sid, account)
