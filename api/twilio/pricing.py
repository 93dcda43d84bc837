"""Messaging Countries of the pricing v1 API: the carrier's tariff, by country."""

from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import Amount, Json, PageV1, Url
from api.twilio.answers import base_url, json, list_v1, page_request, query_of, routes
from smsc.billing.prices import PriceList, Rate
from smsc.errors import NotFound
from smsc.models import Tariff, TariffDirection
from smsc.provisioning import tariffs
from smsc.provisioning.listing import Window
from smsc.provisioning.transaction import reading
from smsc.sms.country_names import COUNTRY_NAMES
from smsc.sms.number_facts import country_code_of

_NUMBER_TYPES: Final = ("local", "mobile", "toll free")


class PricedCountryJson(TypedDict):
    """A country for which there is a price."""

    country: str
    iso_country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    url: Url


class PriceJson(TypedDict):
    """The price of a segment."""

    number_type: str
    base_price: Amount
    current_price: Amount


class NetworkJson(TypedDict):
    """The prices of a network."""

    carrier: str
    mcc: None
    mnc: None
    prices: list[PriceJson]


class PricesJson(PricedCountryJson):
    """A country's prices."""

    outbound_sms_prices: list[NetworkJson]
    inbound_sms_prices: list[PriceJson]
    price_unit: str


class _Country:
    """A country's place in the list: its letters stand in a SID's place."""

    def __init__(self, iso: str) -> None:
        self.iso = iso
        self.sid = "CO" + iso.encode().hex().ljust(32, "0")


async def list_countries(request: Request) -> PageV1[Literal["countries"], PricedCountryJson]:
    """Return a page of the countries for which there is a price."""
    rows, unit = await _tariff(request)
    prices = _price_list(rows, unit)
    priced = [_Country(iso) for iso in sorted(COUNTRY_NAMES) if _has_price(prices, iso)]
    asked = page_request(request)
    if asked.sid is None:
        start = 0
    elif asked.towards_newer:
        start = max(0, sum(country.sid < asked.sid for country in priced) - asked.size)
    else:
        start = sum(country.sid <= asked.sid for country in priced)
    shown = priced[start : start + asked.size]
    window = Window(shown, has_older=start + len(shown) < len(priced), has_newer=start > 0)
    query_of(request)
    return list_v1(request, "countries", window, lambda country: _head(request, country.iso))


async def fetch_country(request: Request) -> Json[PricesJson]:
    """Return a country's prices, outbound by network, inbound by type of number."""
    iso = request.path_params["iso_country"].upper()
    rows, unit = await _tariff(request)
    prices = _price_list(rows, unit)
    if iso not in COUNTRY_NAMES or not _has_price(prices, iso):
        raise NotFound(request.url.path)
    code = str(country_code_of(iso))
    outbound = [row for row in rows if row.direction == TariffDirection.OUTBOUND]
    general = _general(outbound, code)
    networks = [row for row in outbound if row.prefix.startswith(code) and row is not general]
    inbound = prices.of(TariffDirection.INBOUND, code, 1)
    return json(
        {
            **_head(request, iso),
            "outbound_sms_prices": [
                _network(row) for row in ([general] if general else []) + networks
            ],
            "inbound_sms_prices": [
                _price(kind, f"{inbound.amount:f}") for kind in _NUMBER_TYPES if inbound
            ],
            "price_unit": unit,
        }
    )


async def _tariff(request: Request) -> tuple[list[Tariff], str]:
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        rows, unit = await tariffs.everything(db, account.carrier_sid)
    return list(rows), unit


def _price_list(rows: list[Tariff], unit: str) -> PriceList:
    return PriceList((Rate(row.direction, row.prefix, row.price) for row in rows), unit)


def _has_price(prices: PriceList, iso: str) -> bool:
    code = str(country_code_of(iso))
    outbound = prices.rates(TariffDirection.OUTBOUND)
    return any(code.startswith(prefix) or prefix.startswith(code) for prefix in outbound)


def _general(outbound: list[Tariff], code: str) -> Tariff | None:
    """Return the price of what no network's own prefix says."""
    fitting = [row for row in outbound if code.startswith(row.prefix)]
    return max(fitting, key=lambda row: len(row.prefix), default=None)


def _network(row: Tariff) -> NetworkJson:
    return {
        "carrier": row.name or "All networks",
        "mcc": None,
        "mnc": None,
        "prices": [_price("mobile", f"{row.price:f}")],
    }


def _price(number_type: str, price: str) -> PriceJson:
    return {"number_type": number_type, "base_price": price, "current_price": price}


def _head(request: Request, iso: str) -> PricedCountryJson:
    return {
        "country": COUNTRY_NAMES[iso],
        "iso_country": iso,
        "url": f"{base_url(request)}/v1/Messaging/Countries/{iso}",
    }


ROUTES: Final = [
    *routes("/v1/Messaging/Countries", GET=list_countries),
    *routes("/v1/Messaging/Countries/{iso_country}", GET=fetch_country),
]
