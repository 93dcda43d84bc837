"""Messaging GeoPermissions of the accounts v1 API: to which countries an account may send."""

from typing import Final

import orjson
from starlette.requests import Request
from typing_extensions import TypedDict

from api.auth import admit
from api.bodies import read_body
from api.deps import services
from api.twilio.answer_types import Json
from api.twilio.answers import json, query_of, routes
from api.twilio.forms import read_all, read_form
from smsc.errors import BadParameter
from smsc.provisioning import subaccounts
from smsc.provisioning.transaction import changing
from smsc.sms.country_names import COUNTRY_NAMES
from smsc.sms.number_facts import country_code_of

_TYPE: Final = "country"
_NO_SUCH_COUNTRY: Final = 20404


class _CountryJson(TypedDict):
    country_code: str
    type: str
    enabled: bool


class PermissionJson(_CountryJson):
    """Whether an account may send to a country."""

    prefix: str
    message: str


class PermissionsJson(TypedDict):
    """The permissions of countries."""

    permissions: list[PermissionJson]


class ChangedPermissionJson(_CountryJson):
    """Whether an account may send to a country from now on; an error if there is none such."""

    error_code: int
    error_messages: list[str]


class ChangedPermissionsJson(TypedDict):
    """What became of the permissions that were to be changed."""

    permissions: list[ChangedPermissionJson]


async def fetch(request: Request) -> Json[PermissionsJson]:
    """Return the permissions of all countries, or of the one that is asked for."""
    account = await admit(request)
    wanted = query_of(request).get("CountryCode", "").upper()
    if wanted and wanted not in COUNTRY_NAMES:
        raise BadParameter(f"CountryCode {wanted!r} is no country such as KH.")
    countries = [wanted] if wanted else sorted(COUNTRY_NAMES)
    shown: list[PermissionJson] = [
        {
            "country_code": country,
            "type": _TYPE,
            "enabled": country not in account.closed_countries,
            "prefix": f"+{country_code_of(country)}",
            "message": "",
        }
        for country in countries
    ]
    return json({"permissions": shown})


async def update(request: Request) -> Json[ChangedPermissionsJson]:
    """Enable and disable countries; each stands alone, and one that is unknown is told so."""
    house, account = services(request), await admit(request)
    body = await read_body(request.receive, request.headers.get("content-length"))
    read_form(body, request.headers.get("content-type"))
    asked = [_read(text) for text in read_all(body, "Permissions")]
    if not asked:
        raise BadParameter(
            "'Permissions' is required, such as "
            '{"country_code": "KH", "type": "country", "enabled": true}.'
        )
    known = {country: enabled for country, enabled in asked if country in COUNTRY_NAMES}
    async with changing(house.database, house.bells.announce_change) as db:
        await subaccounts.change_countries(
            db,
            account.sid,
            opened=[country for country, enabled in known.items() if enabled],
            closed=[country for country, enabled in known.items() if not enabled],
        )
    shown = [_changed(country, enabled=enabled) for country, enabled in asked]
    return json({"permissions": shown})


def _read(text: str) -> tuple[str, bool]:
    try:
        permission = orjson.loads(text)
        return str(permission["country_code"]).upper(), _boolean(permission["enabled"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise BadParameter(
            f'Permissions {text[:100]!r} is not like {{"country_code": "KH", "type": "country", '
            '"enabled": true}.'
        ) from None


def _boolean(value: object) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _changed(country: str, *, enabled: bool) -> ChangedPermissionJson:
    is_known = country in COUNTRY_NAMES
    return {
        "country_code": country,
        "type": _TYPE,
        "enabled": enabled and is_known,
        "error_code": 0 if is_known else _NO_SUCH_COUNTRY,
        "error_messages": [] if is_known else [f"There is no country {country}."],
    }


ROUTES: Final = routes("/v1/Messaging/GeoPermissions", GET=fetch, PATCH=update)
