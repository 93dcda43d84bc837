"""The carrier's accounts: made, named, limited, suspended, closed."""

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard import letters
from api.dashboard.forms import after_in
from api.dashboard.languages import gettext as _
from api.dashboard.languages import said
from api.dashboard.rendering import render
from api.dashboard.setting_fields import WHOLE, fields_of, read
from api.dashboard.visitors import Visitor, see_other
from api.dashboard.words import N_
from api.deps import services
from smsc.errors import GatewayError
from smsc.models import Account, AccountStatus
from smsc.provisioning import accounts, mails, trials
from smsc.provisioning.accounts import AccountChange, AccountDraft
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 100
LABELS: Final = {
    "friendly_name": N_("Name"),
    "requests_per_second": N_("API requests a second; empty: no limit"),
    "messages_per_day": N_("Messages a day, with its subaccounts; empty: no limit"),
    "spend_per_day": N_("Spend a day, with its subaccounts; empty: no limit"),
    "spend_per_month": N_("Spend a month, with its subaccounts; empty: no limit"),
    "pumping_guard": N_("Guard against traffic pumping"),
    "texts_days": N_("Days for which texts are kept; empty: for ever"),
    "numbers_days": N_("Days for which recipients' numbers are kept; empty: for ever"),
    "logs_days": N_("Days for which logs are kept; empty: for ever"),
    "messages_days": N_("Days for which messages are kept; empty: for ever"),
}
_OF_DRAFT: Final = ("friendly_name", "requests_per_second")


async def show(request: Request, visitor: Visitor) -> Response:
    """List them; closed ones only when they are asked for."""
    return await _list(request, visitor, {}, {})


async def create(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Make an account; what is wrong is said beside its field."""
    house = services(request)
    draft, complaints = read(AccountDraft, form, _OF_DRAFT)
    if not form.get("friendly_name", "").strip():
        complaints["friendly_name"] = _("This can't be empty.")
    if draft is None or complaints:
        return await _list(request, visitor, form, complaints)
    async with changing(house.database, house.bells.announce_change) as db:
        made = await accounts.create(db, house.vault, visitor.reach.carrier_sid, draft)
    log.info("account.created", by=visitor.user.sid, sid=made.sid)
    return see_other(f"/accounts/{made.sid}", "added")


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show an account and its limits.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    return await _one(request, visitor, None, {})


async def change(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Name and limit it; what is wrong is said beside its field.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    house, sid = services(request), request.path_params["sid"]
    asked, complaints = read(AccountChange, form, LABELS)
    if not form.get("friendly_name", "").strip():
        complaints["friendly_name"] = _("This can't be empty.")
    if asked is not None and not complaints:
        try:
            async with changing(house.database, house.bells.announce_change) as db:
                await accounts.change(db, visitor.reach.carrier_sid, sid, asked)
        except GatewayError as refusal:
            complaints = {WHOLE: said(refusal.message)}
        else:
            log.info("account.changed", by=visitor.user.sid, sid=sid)
            return see_other(f"/accounts/{sid}", "changed")
    return await _one(request, visitor, form, complaints)


async def suspend(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Stop an account: it sends nothing until it is let go on."""
    return await _become(request, visitor, AccountStatus.SUSPENDED)


async def reactivate(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Let a suspended account go on."""
    return await _become(request, visitor, AccountStatus.ACTIVE)


async def approve(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Let an account that somebody has made for themselves begin; a mail tells its owner.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        Conflict: it doesn't wait for it.
    """
    house, sid = services(request), request.path_params["sid"]
    carrier_sid = visitor.reach.carrier_sid
    async with changing(house.database, house.bells.announce_change) as db:
        account = await trials.approve(db, carrier_sid, sid)
        site = await mails.site_of(db, house.settings, carrier_sid)
        for user in await trials.owners(db, sid):
            letter = letters.of_approved_account(site, user, account.friendly_name)
            await mails.put(db, house.vault, carrier_sid, letter, account_sid=sid)
    log.info("account.approved", by=visitor.user.sid, sid=sid)
    return see_other(f"/accounts/{sid}", "changed")


async def upgrade(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """End an account's trial, with its limits.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
        Conflict: it isn't on trial.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await trials.upgrade(db, visitor.reach.carrier_sid, sid)
    log.info("account.upgraded", by=visitor.user.sid, sid=sid)
    return see_other(f"/accounts/{sid}", "changed")


async def close(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Close it for ever; its numbers are for sale again, its messages stay.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.close(db, visitor.reach.carrier_sid, sid)
    log.info("account.closed", by=visitor.user.sid, sid=sid)
    return see_other("/accounts", "closed")


async def _become(request: Request, visitor: Visitor, status: AccountStatus) -> Response:
    """Change its status.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        asked = AccountChange.model_validate({"status": status})
        await accounts.change(db, visitor.reach.carrier_sid, sid, asked)
    log.info("account.changed", by=visitor.user.sid, sid=sid, status=status.value)
    return see_other(f"/accounts/{sid}", "changed")


async def _list(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, object],
    complaints: Mapping[str, str],
) -> Response:
    query = request.query_params
    status = AccountStatus.CLOSED if query.get("status") == "closed" else None
    async with reading(services(request).database) as db:
        found = await accounts.page(
            db, visitor.reach.carrier_sid, limit=_ROWS, after=after_in(query), status=status
        )
    more = "&status=closed" if status else ""
    return render(
        "accounts.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        accounts=found.items,
        older=f"/accounts?after={found.after}{more}" if found.after else None,
        closed=status is not None,
        fields=fields_of(AccountDraft, _OF_DRAFT, values, complaints),
        labels=_labels(),
    )


async def _one(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, object] | None,
    complaints: Mapping[str, str],
) -> Response:
    async with reading(services(request).database) as db:
        account = await accounts.get(db, visitor.reach.carrier_sid, request.path_params["sid"])
    return render(
        "account.html",
        visitor,
        status=HTTPStatus.BAD_REQUEST if complaints else HTTPStatus.OK,
        account=account,
        fields=fields_of(AccountChange, LABELS, values or _now(account), complaints),
        labels=_labels(),
        complaint=complaints.get(WHOLE, ""),
    )


def _now(account: Account) -> Mapping[str, object]:
    now = {name: getattr(account, name) for name in LABELS}
    return {
        name: float(value) if isinstance(value, Decimal) else value for name, value in now.items()
    }


def _labels() -> Mapping[str, str]:
    return {name: _(label) for name, label in LABELS.items()}
