"""Accounts/{AccountSid}/Usage/Records, with its periods, and Balance."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import AccountSid, Amount, Json, Number, Page2010
from api.twilio.answers import json, list_2010, page_request, query_of, routes_2010, truth
from api.twilio.dates import span as read_span
from api.twilio.rendering import API_VERSION
from smsc.billing import ledger, usage
from smsc.billing.usage import CATEGORIES, FIRST_DAY, Span, UsageRecord
from smsc.errors import BadParameter
from smsc.messaging.directory import AccountFacts
from smsc.provisioning import subaccounts
from smsc.provisioning.listing import Window
from smsc.provisioning.transaction import reading
from smsc.tenancy import Tenant, confine_to

_FILTERS: Final = ("Category", "StartDate", "EndDate", "IncludeSubaccounts")
_DESCRIPTIONS: Final = {
    "sms": "SMS",
    "sms-inbound": "Inbound SMS",
    "sms-inbound-longcode": "Inbound SMS to numbers",
    "sms-inbound-shortcode": "Inbound SMS to short codes",
    "sms-outbound": "Outbound SMS",
    "sms-outbound-longcode": "Outbound SMS from numbers",
    "sms-outbound-shortcode": "Outbound SMS from short codes",
    "totalprice": "Total price",
}
# Records, and its periods: how long a record is.
_SPANS: Final = {
    "Records": Span.ALL,
    "Daily": Span.DAY,
    "Monthly": Span.MONTH,
    "Yearly": Span.YEAR,
    "AllTime": Span.ALL,
    "Today": Span.ALL,
    "Yesterday": Span.ALL,
    "ThisMonth": Span.ALL,
    "LastMonth": Span.ALL,
}
# Without a StartDate, the periods that go back so far.
_DEFAULT_DAYS: Final = {Span.DAY: 30, Span.MONTH: 365, Span.YEAR: 5 * 365}

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class UsageRecordJson(TypedDict):
    """How much of a category was used in a period; both days included."""

    account_sid: AccountSid
    api_version: str
    as_of: str
    category: Annotated[str, Field(json_schema_extra={"enum": list(CATEGORIES)})]
    count: Number | None
    count_unit: str | None
    description: str
    end_date: Day
    price: Amount
    price_unit: str
    start_date: Day
    subresource_uris: dict[str, str]
    uri: str
    usage: Amount
    usage_unit: str


class BalanceJson(TypedDict):
    """What an account has left."""

    account_sid: AccountSid
    balance: Amount
    currency: str


async def list_records(request: Request) -> Page2010[Literal["usage_records"], UsageRecordJson]:
    """Return a page of usage records, the newest period first."""
    house, account, query = services(request), await admit(request), query_of(request)
    period = request.url.path.rpartition("/")[2].removesuffix(".json")
    first, last = _days(period, query)
    categories = [query["Category"]] if query.get("Category") else list(CATEGORIES)
    if unknown := set(categories) - set(CATEGORIES):
        raise BadParameter(
            f"Category {min(unknown)!r} is not among {', '.join(CATEGORIES)}: there is no such use."
        )
    sids = await _accounts(request, account, query)
    confine_to(Tenant(account.carrier_sid, tuple(sids)))  # a parent's subaccounts, too
    found = await usage.records(
        house.confined,
        sids,
        first,
        last,
        _SPANS[period],
        categories,
    )
    unit = (await house.directory.prices(account.carrier_sid)).unit
    asked = page_request(request)
    start = 0 if asked.sid is None else int.from_bytes(bytes.fromhex(asked.sid[2:])) + 1
    if asked.towards_newer:
        start = max(0, start - 1 - asked.size)
    shown = found[start : start + asked.size]
    window = Window(
        shown, has_older=start + len(shown) < len(found), has_newer=start > 0 and bool(shown)
    )
    as_of = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return list_2010(
        request,
        "usage_records",
        window,
        lambda record: _render(account.sid, period, record, unit, as_of),
        _FILTERS,
    )


async def fetch_balance(request: Request) -> Json[BalanceJson]:
    """Return what the account has left; a subaccount has its parent's."""
    house, account = services(request), await admit(request)
    left = await ledger.left(house.confined, account.payer_sid)
    return json(
        {
            "account_sid": account.sid,
            "balance": f"{left.balance:.6f}".rstrip("0").rstrip("."),
            "currency": left.unit,
        }
    )


async def _accounts(request: Request, account: AccountFacts, query: Mapping[str, str]) -> list[str]:
    if account.owner_sid is not None or truth(query, "IncludeSubaccounts") is False:
        return [account.sid]
    async with reading(services(request).database) as db:
        return await subaccounts.sids_below(db, account.sid)


def _days(period: str, query: Mapping[str, str]) -> tuple[date, date]:
    """Return the days that are asked for, both included."""
    today = datetime.now(UTC).date()
    match period:
        case "Today":
            return today, today
        case "Yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "ThisMonth":
            return today.replace(day=1), today
        case "LastMonth":
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case "AllTime":
            return FIRST_DAY, today
    last = _day(query, "EndDate", today) or today
    back = _DEFAULT_DAYS.get(_SPANS[period])
    default = FIRST_DAY if back is None else last - timedelta(days=back)
    first = max(_day(query, "StartDate", today) or default, FIRST_DAY)
    if first > last:
        raise BadParameter("StartDate is after EndDate.")
    return first, last


def _day(query: Mapping[str, str], name: str, today: date) -> date | None:
    """Read a date, or an offset from today such as `-30days`."""
    text = query.get(name)
    if not text:
        return None
    digits = text.removesuffix("days").removeprefix("-").removeprefix("+")
    if text.endswith("days") and digits.isdecimal() and len(digits) < 5:
        days = timedelta(days=int(digits))
        return today - days if text.startswith("-") else today + days
    return read_span(name, text)[0].date()


def _render(
    account_sid: str, period: str, record: UsageRecord, unit: str, as_of: str
) -> UsageRecordJson:
    base = f"/{API_VERSION}/Accounts/{account_sid}/Usage/Records"
    tail = f"Category={record.category}&StartDate={record.start}&EndDate={record.end}"
    used, is_price = record.used, record.category == "totalprice"
    path = base if period == "Records" else f"{base}/{period}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "as_of": as_of,
        "category": record.category,
        "count": None if is_price else str(used.messages),
        "count_unit": None if is_price else "messages",
        "description": _DESCRIPTIONS[record.category],
        "end_date": record.end.isoformat(),
        "price": f"{used.price:.6f}".rstrip("0").rstrip("."),
        "price_unit": unit.lower(),
        "start_date": record.start.isoformat(),
        "subresource_uris": {
            _snake(name): f"{base}/{name}.json?Category={record.category}"
            for name in _SPANS
            if name != "Records"
        },
        "uri": f"{path}.json?{tail}",
        "usage": f"{used.price:f}" if is_price else str(used.segments),
        "usage_unit": unit.lower() if is_price else "segments",
    }


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


_ACCOUNT: Final = "/2010-04-01/Accounts/{account_sid}"
ROUTES: Final = [
    *(
        route
        for name in ("", *(f"/{name}" for name in _SPANS if name != "Records"))
        for route in routes_2010(f"{_ACCOUNT}/Usage/Records{name}", GET=list_records)
    ),
    *routes_2010(f"{_ACCOUNT}/Balance", GET=fetch_balance),
]
