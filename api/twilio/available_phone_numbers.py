"""Accounts/{AccountSid}/AvailablePhoneNumbers: what of the carrier's inventory is for sale."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.deps import services
from api.twilio.answer_types import Json
from api.twilio.answers import json, page_request, path_2010, query_of, routes_2010, truth
from api.twilio.incoming_phone_numbers import CAPABILITIES, CapabilitiesJson
from api.twilio.rendering import API_VERSION
from smsc.errors import BadParameter, InvalidSender, NotFound
from smsc.models import NumberType, PhoneNumber
from smsc.provisioning import nearby, owned_numbers
from smsc.provisioning.nearby import Near
from smsc.provisioning.owned_numbers import ForSale
from smsc.provisioning.phone_numbers import NumberPlace
from smsc.provisioning.transaction import reading
from smsc.sms.address import parse_sender
from smsc.sms.country_names import country_name
from smsc.sms.number_facts import country_code_of, read_number

# Twilio's path, the property that leads there, and what of ours it shows, if anything.
_TYPES: Final = {
    "Local": ("local", NumberType.LOCAL),
    "Mobile": ("mobile", NumberType.MOBILE),
    "TollFree": ("toll_free", NumberType.TOLL_FREE),
    "ShortCode": ("short_code", NumberType.SHORT_CODE),
}
_NEVER: Final = ("National", "Voip", "SharedCost", "MachineToMachine")
_LAT_LONG: Final = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_PLACE: Final = {
    "InRegion": "region",
    "InLocality": "locality",
    "InPostalCode": "postal_code",
    "InRateCenter": "rate_center",
    "InLata": "lata",
}


class AvailableCapabilitiesJson(CapabilitiesJson):
    """What a number for sale can do; SMS and MMS by both of their names."""

    SMS: bool
    MMS: bool


class AvailableNumberJson(TypedDict):
    """A number that is for sale."""

    friendly_name: str
    phone_number: str
    lata: str | None
    locality: str | None
    rate_center: str | None
    latitude: float | None
    longitude: float | None
    region: str | None
    postal_code: str | None
    iso_country: str | None
    address_requirements: str
    beta: bool
    capabilities: AvailableCapabilitiesJson


class AvailableNumbersJson(TypedDict):
    """Numbers that are for sale; not paged."""

    uri: str
    available_phone_numbers: list[AvailableNumberJson]


class CountryJson(TypedDict):
    """A country, and the types of numbers that are for sale there."""

    country_code: str
    country: str
    uri: str
    beta: bool
    subresource_uris: dict[str, str]


class CountriesJson(TypedDict):
    """The countries in which numbers are for sale; not paged."""

    uri: str
    countries: list[CountryJson]


async def list_countries(request: Request) -> Json[CountriesJson]:
    """Return the countries in which numbers are for sale."""
    house, account = services(request), await admit(request)
    async with reading(house.database) as db:
        found = await owned_numbers.countries(db, account.carrier_sid)
    shown = [_country(account.sid, country, types) for country, types in sorted(found.items())]
    return json(CountriesJson(uri=_uri(request), countries=shown))


async def fetch_country(request: Request) -> Json[CountryJson]:
    """Return one country, with the types of numbers that are for sale there."""
    house, account = services(request), await admit(request)
    country = _country_of(request)
    async with reading(house.database) as db:
        types = (await owned_numbers.countries(db, account.carrier_sid)).get(country, set())
    return json(_country(account.sid, country, types))


async def search(request: Request) -> Json[AvailableNumbersJson]:
    """Return numbers that are for sale; they are not paged, as at Twilio."""
    house, account, query = services(request), await admit(request), query_of(request)
    country = _country_of(request)
    name = request.url.path.rpartition("/")[2].removesuffix(".json")
    wants_more = any(truth(query, flag) for flag in ("MmsEnabled", "VoiceEnabled", "FaxEnabled"))
    numbers: Collection[PhoneNumber] = ()
    if name in _TYPES and not wants_more and truth(query, "SmsEnabled") is not False:
        async with reading(house.database) as db:
            near = await _near(db, account.carrier_sid, query)
            wanted = ForSale(
                country,
                _TYPES[name][1],
                area_code=query.get("AreaCode") or None,
                pattern=query.get("Contains") or None,
                place={key: query[name] for name, key in _PLACE.items() if query.get(name)},
                near=near,
            )
            if near is not None or not query.get("NearNumber"):
                numbers = await owned_numbers.search(
                    db, account.carrier_sid, wanted, page_request(request).size
                )
    shown = [_render(number) for number in numbers]
    return json(AvailableNumbersJson(uri=_uri(request), available_phone_numbers=shown))


async def _near(db: AsyncSession, carrier_sid: str, query: Mapping[str, str]) -> Near | None:
    """Read `NearLatLong`, or where `NearNumber` is, with `Distance`.

    Raises:
        BadParameter: no place, or no distance up to 500 miles.
    """
    text = query.get("Distance") or str(nearby.DEFAULT_MILES)
    miles = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if not 0 < miles <= nearby.MOST_MILES:
        raise BadParameter(f"'Distance' must be 1 to {nearby.MOST_MILES} miles.")
    if query.get("NearLatLong"):
        place = _LAT_LONG.fullmatch(query["NearLatLong"])
        if place is None:
            raise BadParameter("'NearLatLong' must be degrees such as 37.84,-122.25.")
        return Near(float(place[1]), float(place[2]), miles)
    if query.get("NearNumber"):
        try:
            number = parse_sender(query["NearNumber"]).value
        except InvalidSender:
            raise BadParameter("'NearNumber' must be a number such as +15075550123.") from None
        return await nearby.place_of_number(db, carrier_sid, number, miles)
    return None


def _render(number: PhoneNumber) -> AvailableNumberJson:
    place = NumberPlace.model_validate(number.place)
    friendly = number.phone_number
    if number.kind == "e164":
        friendly = read_number(number.phone_number).friendly
    return {
        "friendly_name": friendly,
        "phone_number": number.phone_number,
        "lata": place.lata,
        "locality": place.locality,
        "rate_center": place.rate_center,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "region": place.region,
        "postal_code": place.postal_code,
        "iso_country": number.iso_country,
        "address_requirements": "none",
        "beta": False,
        # Twilio's description has lower case, its answers have had upper: either finds them here.
        "capabilities": {**CAPABILITIES, "SMS": CAPABILITIES["sms"], "MMS": CAPABILITIES["mms"]},
    }


def _country(account_sid: str, country: str, types: Collection[str]) -> CountryJson:
    path = f"/{API_VERSION}/Accounts/{account_sid}/AvailablePhoneNumbers/{country}"
    return {
        "country_code": country,
        "country": country_name(country),
        "uri": f"{path}.json",
        "beta": False,
        "subresource_uris": {
            key: f"{path}/{name}.json" for name, (key, kind) in _TYPES.items() if kind in types
        },
    }


def _country_of(request: Request) -> str:
    country: str = request.path_params["country"].removesuffix(".json").upper()
    if not country_code_of(country):
        raise NotFound(request.url.path)
    return country


def _uri(request: Request) -> str:
    query = request.url.query
    return f"{path_2010(request)}?{query}" if query else path_2010(request)


_COLLECTION: Final = "/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers"
ROUTES: Final = [
    *routes_2010(_COLLECTION, GET=list_countries),
    *routes_2010(_COLLECTION + "/{country}", GET=fetch_country),
    *(
        route
        for name in (*_TYPES, *_NEVER)
        for route in routes_2010(f"{_COLLECTION}/{{country}}/{name}", GET=search)
    ),
]
