"""Event webhooks: what the carrier's own programs are told, and how it went."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import after_in, checked
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import services
from smsc.errors import BadParameter
from smsc.provisioning import event_subscriptions
from smsc.provisioning.event_subscriptions import (
    EventType,
    IssuedSubscription,
    SubscriptionChange,
    SubscriptionDraft,
)
from smsc.provisioning.names import names_of
from smsc.provisioning.transaction import changing, reading
from smsc.webhooks import event_deliveries

log = structlog.get_logger()

TYPES: Final = [one for one in EventType if one is not EventType.TEST]
_ROWS: Final = 30
_DAY: Final = timedelta(days=1)
_STATES: Final = ("waiting", "delivered", "failed")


async def show(request: Request, visitor: Visitor) -> Response:
    """List the carrier's subscriptions."""
    async with reading(services(request).database) as db:
        names = await names_of(db, visitor.reach)
        found = await event_subscriptions.page(
            db, visitor.reach.carrier_sid, limit=event_subscriptions.MOST
        )
    return render(
        "subscriptions.html", visitor, subscriptions=found.items, types=TYPES, names=names
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a subscription, and what it was told.

    Raises:
        NotFound: the carrier has no such one.
    """
    carrier, sid = visitor.reach.carrier_sid, request.path_params["sid"]
    state = request.query_params.get("state", "")
    require(not state or state in _STATES, state)
    async with reading(services(request).database) as db:
        found = await event_subscriptions.get(db, carrier, sid)
        told = await event_subscriptions.deliveries(
            db,
            carrier,
            sid,
            limit=_ROWS,
            before=after_in(request.query_params),
            state=state or None,
        )
        names = await names_of(db, visitor.reach)
    older = f"/subscriptions/{sid}?state={state}&after={told.after}" if told.after else None
    return render(
        "subscription.html",
        visitor,
        subscription=found,
        types=TYPES,
        told=told.items,
        names=names,
        states=_STATES,
        state=state,
        older=older,
    )


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make a subscription, and show its secret.

    Raises:
        BadParameter: a field can't be used.
        NotFound: the carrier has no such account.
    """
    house = services(request)
    fields = {name: form[name] for name in ("url", "name", "account_sid") if form.get(name)}
    draft = checked(SubscriptionDraft, fields | {"types": _types_in(form)})
    async with changing(house.database, house.bells.announce_change) as db:
        made = await event_subscriptions.create(db, house.vault, visitor.reach.carrier_sid, draft)
    log.info("event_subscription.created", by=visitor.user.sid, sid=made.subscription.sid)
    return _secret_page(visitor, made)


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Change a subscription.

    Raises:
        BadParameter: a field can't be used.
        NotFound: the carrier has no such one.
    """
    house, sid = services(request), request.path_params["sid"]
    asked = checked(
        SubscriptionChange,
        {
            "url": form.get("url", ""),
            "name": form.get("name", ""),
            "types": _types_in(form),
            "state": "active" if form.get("active") == "true" else "disabled",
        },
    )
    async with changing(house.database, house.bells.announce_change) as db:
        await event_subscriptions.change(db, visitor.reach.carrier_sid, sid, asked)
    return see_other(f"/subscriptions/{sid}", "changed")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Remove a subscription.

    Raises:
        NotFound: the carrier has no such one.
    """
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        await event_subscriptions.remove(db, visitor.reach.carrier_sid, request.path_params["sid"])
    return see_other("/subscriptions", "removed")


async def rotate(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Give it another secret, and show it.

    Raises:
        NotFound: the carrier has no such one.
    """
    house = services(request)
    async with changing(house.database, house.bells.announce_change) as db:
        issued = await event_subscriptions.rotate_secret(
            db, house.vault, visitor.reach.carrier_sid, request.path_params["sid"]
        )
    return _secret_page(visitor, issued)


async def send_test(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Send it an event of type `test`.

    Raises:
        NotFound: the carrier has no such one.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await event_subscriptions.send_test(db, visitor.reach.carrier_sid, sid)
    return see_other(f"/subscriptions/{sid}", "sent")


async def replay(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Tell it an event again, or what it did not take of the last day.

    Raises:
        NotFound: the carrier has no such subscription.
        BadParameter: the event's SID is none.
    """
    house, sid = services(request), request.path_params["sid"]
    async with reading(house.database) as db:
        await event_subscriptions.get(db, visitor.reach.carrier_sid, sid)
    event = form.get("event") or None
    since = None if event else datetime.now(UTC) - _DAY
    count = await event_deliveries.replay(
        house.confined, visitor.reach.carrier_sid, sid, event_sid=event, failed_since=since
    )
    return see_other(f"/subscriptions/{sid}", "replayed", count)


def _types_in(form: Mapping[str, str]) -> list[str]:
    """Return the types that are ticked: each is a field of its own, as forms have one of a name."""
    chosen = [one.value for one in TYPES if form.get(one.value) == "true"]
    if not chosen:
        raise BadParameter(_("Choose one or more types of events."))
    return chosen


def _secret_page(visitor: Visitor, issued: IssuedSubscription) -> Response:
    return render(
        "subscription_secret.html",
        visitor,
        subscription=issued.subscription,
        secret=issued.secret,
    )
