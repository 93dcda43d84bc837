"""The inventory of numbers: listed, imported, bought, given back, configured."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.forms import account_in, after_in, checked
from api.dashboard.languages import gettext as _
from api.dashboard.messages import typed_number
from api.dashboard.rendering import render
from api.dashboard.visitors import Visitor, require, see_other
from api.deps import Services, services
from smsc.errors import BadParameter
from smsc.models import NumberType, PhoneNumber
from smsc.provisioning import accounts, owned_numbers, phone_numbers, trials
from smsc.provisioning.names import names_of
from smsc.provisioning.number_csv import read_numbers
from smsc.provisioning.owned_numbers import ForSale
from smsc.provisioning.phone_numbers import PhoneNumberChange, PhoneNumberDraft
from smsc.provisioning.transaction import changing, reading

log = structlog.get_logger()

_ROWS: Final = 40
_MOST_IMPORTED: Final = 2000  # in one transaction
_FOR_SALE: Final = "-"  # in place of an account: those that nobody has
_WEBHOOKS: Final = (
    *("friendly_name", "sms_url", "sms_method", "sms_fallback_url", "sms_fallback_method"),
)


async def show(request: Request, visitor: Visitor) -> Response:
    """List the numbers in reach, of one account or with one number if so asked."""
    house, query = services(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in ("account", "number")}
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        found = await phone_numbers.reached(
            db,
            visitor.reach,
            limit=_ROWS,
            after=after_in(query),
            account_sid=asked["account"] if asked["account"] != _FOR_SALE else None,
            for_sale=asked["account"] == _FOR_SALE,
            phone_number=typed_number(asked["number"]),
        )
        limited = await trials.limited(db, visitor.reach.carrier_sid, visitor.reach.account_sids)
    kept = {name: value for name, value in asked.items() if value}
    more = f"/numbers?{urlencode(kept | {'after': found.after})}" if found.after else None
    return render(
        "numbers.html",
        visitor,
        numbers=found.items,
        asked=asked,
        names=names,
        older=more,
        has_limited=any(visitor.reach.keeps_account(account.sid) for account in limited),
    )


async def show_one(request: Request, visitor: Visitor) -> Response:
    """Show a number, and where its webhooks go.

    Raises:
        NotFound: it is out of the visitor's reach.
    """
    house = services(request)
    number = await _reached(house, visitor, request.path_params["sid"])
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
    account = number.account_sid or ""
    return render(
        "number.html",
        visitor,
        number=number,
        names=names,
        may_configure=bool(account) and visitor.reach.may_send_for(account),
        may_release=bool(account) and visitor.reach.keeps_account(account),
        may_assign=visitor.reach.runs_carrier,
    )


async def configure(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Say where a number's webhooks go.

    Raises:
        NotFound: it is not a number of an account that the visitor writes for.
        BadParameter: a field can't be used.
    """
    house, sid = services(request), request.path_params["sid"]
    number = await _reached(house, visitor, sid)
    require(visitor.reach.may_send_for(number.account_sid or ""), sid)
    asked = checked(PhoneNumberChange, {name: form[name] for name in _WEBHOOKS if name in form})
    async with changing(house.database, house.bells.announce_change) as db:
        await phone_numbers.change(db, visitor.reach.carrier_sid, sid, asked)
    return see_other(f"/numbers/{sid}", "changed")


async def release(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give a number back, so that it is for sale again.

    Raises:
        NotFound: the account hasn't the number, or isn't the visitor's to keep.
    """
    house, sid = services(request), request.path_params["sid"]
    account = account_in(form, visitor)
    await _reached(house, visitor, sid)
    async with changing(house.database, house.bells.announce_change) as db:
        await owned_numbers.release(db, account, sid)
    log.info("number.released", by=visitor.user.sid, sid=sid)
    return see_other("/numbers", "released")


async def assign(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give a number to an account of the carrier.

    Raises:
        NotFound: the carrier has no such number or account.
    """
    house, sid = services(request), request.path_params["sid"]
    asked = checked(PhoneNumberChange, {"account_sid": form.get("account") or None})
    async with changing(house.database, house.bells.announce_change) as db:
        await phone_numbers.change(db, visitor.reach.carrier_sid, sid, asked)
    log.info("number.assigned", by=visitor.user.sid, sid=sid)
    return see_other(f"/numbers/{sid}", "changed")


async def remove(request: Request, visitor: Visitor, __: Mapping[str, str]) -> Response:
    """Take a number out of the inventory.

    Raises:
        NotFound: the carrier has no such number.
    """
    house, sid = services(request), request.path_params["sid"]
    async with changing(house.database, house.bells.announce_change) as db:
        await phone_numbers.remove(db, visitor.reach.carrier_sid, sid)
    log.info("number.removed", by=visitor.user.sid, sid=sid)
    return see_other("/numbers", "removed")


async def show_shop(request: Request, visitor: Visitor) -> Response:
    """List numbers for sale by country, type and digits.

    Raises:
        BadParameter: the digits can't be searched for.
    """
    house, query = services(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in ("country", "type", "contains")}
    async with reading(house.database) as db:
        names = await names_of(db, visitor.reach)
        offered = await owned_numbers.countries(db, visitor.reach.carrier_sid)
        country = asked["country"] or min(offered, default="")
        kinds = sorted(offered.get(country, ()))
        kind = asked["type"] if asked["type"] in kinds else next(iter(kinds), "")
        found = (
            await owned_numbers.search(
                db,
                visitor.reach.carrier_sid,
                ForSale(country, NumberType(kind), pattern=asked["contains"] or None),
                _ROWS,
            )
            if kind
            else ()
        )
    buyers = {sid: name for sid, name in names.accounts.items() if visitor.reach.keeps_account(sid)}
    return render(
        "numbers_for_sale.html",
        visitor,
        numbers=found,
        offered=offered,
        kinds=kinds,
        asked=asked | {"country": country, "type": kind},
        buyers=buyers,
    )


async def buy(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Give a number that is for sale to an account.

    Raises:
        NotFound: the account isn't the visitor's to keep.
        NumberNotAvailable: somebody was faster.
    """
    house, account_sid = services(request), account_in(form, visitor)
    carrier_sid = visitor.reach.carrier_sid
    async with changing(house.database, house.bells.announce_change) as db:
        await accounts.require_open(db, carrier_sid, account_sid)
        number = await owned_numbers.buy(
            db,
            carrier_sid,
            account_sid,
            phone_number=form.get("number"),
            area_code=None,
            values={},
        )
    log.info("number.bought", by=visitor.user.sid, sid=number.sid)
    return see_other(f"/numbers/{number.sid}", "bought")


async def show_import(_request: Request, visitor: Visitor) -> Response:
    """Show the form that takes a CSV file."""
    return render("numbers_import.html", visitor)


async def take_import(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Put the numbers of a CSV file into the inventory: all or none.

    Raises:
        BadParameter: the file can't be read, or has too many lines.
    """
    house = services(request)
    rows = read_numbers(form.get("csv", ""), "CSV")
    if len(rows) > _MOST_IMPORTED:
        raise BadParameter(_("At most %(most)s lines at once.", most=_MOST_IMPORTED))
    drafts = [checked(PhoneNumberDraft, row) for row in rows]
    async with changing(house.database, house.bells.announce_change) as db:
        made = await phone_numbers.create_all(db, visitor.reach.carrier_sid, drafts)
    log.info("numbers.imported", by=visitor.user.sid, count=len(made))
    return see_other("/numbers", "imported", len(made))


async def _reached(house: Services, visitor: Visitor, sid: str) -> PhoneNumber:
    async with reading(house.database) as db:
        number = await phone_numbers.get(db, visitor.reach.carrier_sid, sid)
    is_seen = number.account_sid is not None and visitor.reach.sees_account(number.account_sid)
    require(is_seen or visitor.reach.sees_carrier, sid)
    return number
