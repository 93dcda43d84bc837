"""PhoneNumbers of the lookups v2 API: what a number's digits tell."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.twilio.answer_types import Json, Url
from api.twilio.answers import base_url, json, query_of, routes
from smsc.errors import BadParameter, NotFound
from smsc.sms.country_names import COUNTRY_NAMES
from smsc.sms.lookup import Fault, LookedUp, look_up

# What Twilio's packages are called. Ours can only know the line, and that by the digits alone.
_PACKAGES: Final = (
    *("caller_name", "sim_swap", "call_forwarding", "line_status", "line_type_intelligence"),
    *("identity_match", "reassigned_number", "sms_pumping_risk", "phone_number_quality_score"),
    "pre_fill",
)
_LINE_TYPE: Final = "line_type_intelligence"
_VALIDATION: Final = "validation"  # basic, and in every answer
_UNAVAILABLE: Final = 60601  # a package that this platform doesn't have
_MOST_LENGTH: Final = 64
_DEFAULT_COUNTRY: Final = "US"  # of a number in national format, as at Twilio


class UnavailableJson(TypedDict):
    """A package that this platform doesn't have."""

    error_code: int


class LineTypeJson(TypedDict):
    """What a number's digits tell of its line."""

    mobile_country_code: None
    mobile_network_code: None
    carrier_name: str | None
    type: str | None
    error_code: None


class LookupJson(TypedDict):
    """What a number's digits tell; a package is null unless it was asked for."""

    calling_country_code: str | None
    country_code: str | None
    phone_number: str
    national_format: str | None
    valid: bool
    validation_errors: list[Fault]
    caller_name: UnavailableJson | None
    sim_swap: UnavailableJson | None
    call_forwarding: UnavailableJson | None
    line_status: UnavailableJson | None
    line_type_intelligence: LineTypeJson | None
    identity_match: UnavailableJson | None
    reassigned_number: UnavailableJson | None
    sms_pumping_risk: UnavailableJson | None
    phone_number_quality_score: UnavailableJson | None
    pre_fill: UnavailableJson | None
    url: Url


async def fetch(request: Request) -> Json[LookupJson]:
    """Look a number up; a bad one is answered too, with what is wrong with it."""
    await admit(request)
    query = query_of(request)
    asked = {name.strip() for name in query.get("Fields", "").split(",") if name.strip()}
    if unknown := asked - {*_PACKAGES, _VALIDATION}:
        raise BadParameter(f"Fields has {min(unknown)!r}, which is none of {', '.join(_PACKAGES)}.")
    country = query.get("CountryCode", "").upper() or _DEFAULT_COUNTRY
    if country not in COUNTRY_NAMES:
        raise BadParameter(f"CountryCode {country!r} is no country such as KH.")
    text: str = request.path_params["phone_number"]
    if len(text) > _MOST_LENGTH:
        raise NotFound(request.url.path)
    found = look_up(text, country)

    def unavailable(name: str) -> UnavailableJson | None:
        return {"error_code": _UNAVAILABLE} if name in asked else None

    return json(
        {
            "calling_country_code": found.calling_country_code,
            "country_code": found.country_code,
            "phone_number": found.phone_number,
            "national_format": found.national_format,
            "valid": found.fault is None,
            "validation_errors": [] if found.fault is None else [found.fault],
            "caller_name": unavailable("caller_name"),
            "sim_swap": unavailable("sim_swap"),
            "call_forwarding": unavailable("call_forwarding"),
            "line_status": unavailable("line_status"),
            "line_type_intelligence": _line_type(found) if _LINE_TYPE in asked else None,
            "identity_match": unavailable("identity_match"),
            "reassigned_number": unavailable("reassigned_number"),
            "sms_pumping_risk": unavailable("sms_pumping_risk"),
            "phone_number_quality_score": unavailable("phone_number_quality_score"),
            "pre_fill": unavailable("pre_fill"),
            "url": f"{base_url(request)}/v2/PhoneNumbers/{quote(found.phone_number, safe='+')}",
        }
    )


def _line_type(found: LookedUp) -> LineTypeJson:
    return {
        "mobile_country_code": None,
        "mobile_network_code": None,
        "carrier_name": found.operator,
        "type": found.line_type,
        "error_code": None,
    }


ROUTES: Final = routes("/v2/PhoneNumbers/{phone_number}", GET=fetch)
