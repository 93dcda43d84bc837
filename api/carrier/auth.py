"""Bearer keys of `/carrier/v1`, and what is checked before a body is looked at."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import (
    MOST_BODY_OCTETS,
    read_body,
    replay,
    require_storable_json,
    require_storable_path,
)
from api.deps import Services, services
from api.guesses import address_of
from api.twilio.forms import read_query
from smsc.audit import Actor, ActorKind, act_as
from smsc.errors import NotAuthenticated, NotFound, UnsupportedMediaType
from smsc.errors.doors import AddressNotAllowed
from smsc.networks import are_home_to, read_networks
from smsc.provisioning import carriers
from smsc.provisioning.transaction import reading
from smsc.tenancy import Tenant, confine_to

_JSON = "application/json"
_WITH_BODY = frozenset({"POST", "PATCH", "PUT"})


class CarrierRoute(APIRoute):
    """A route that knows the carrier, and has a small JSON body, before FastAPI parses it."""

    for_platform: ClassVar[bool] = False
    media_type: ClassVar[str] = _JSON
    most_octets: ClassVar[int] = MOST_BODY_OCTETS

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the checks before FastAPI's own handler."""
        handle = super().get_route_handler()

        async def check_first(request: Request) -> Response:
            request.state.carrier_sid = await _authenticate(request, self.for_platform)
            require_storable_path(request.scope)
            read_query(request.scope["query_string"])
            if request.method not in _WITH_BODY:
                return await handle(request)
            content_type = request.headers.get("content-type", "")
            if content_type.partition(";")[0].strip().lower() != self.media_type:
                raise UnsupportedMediaType(self.media_type)
            length = request.headers.get("content-length")
            body = await read_body(request.receive, length, most=self.most_octets)
            if self.media_type == _JSON:
                require_storable_json(body)
            return await handle(Request(request.scope, replay(body)))

        return check_first


class PlatformRoute(CarrierRoute):
    """A route for keys that were made for the whole platform, too."""

    for_platform: ClassVar[bool] = True


class CsvRoute(CarrierRoute):
    """The same with a CSV file as its body."""

    media_type = "text/csv"
    most_octets = 16 * 1024 * 1024


async def _authenticate(request: Request, for_platform: bool) -> str:  # noqa: FBT001 of the route
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("Send your carrier API key as 'Authorization: Bearer <key>'.")
    house, host = services(request), address_of(request)
    name, _, secret = bearer.strip().partition(carriers.SEPARATOR)
    house.guesses.require_calm(host, name)
    async with reading(house.database) as db:
        key = await carriers.find_key(db, name)
    if key is None or not await house.secrets.matches("carrier_keys", name, secret, key.digest):
        house.guesses.failed(host, name)
        raise NotAuthenticated("This carrier API key is not valid.")
    if not are_home_to(read_networks(tuple(key.allowed_networks)), host):
        raise AddressNotAllowed(host)
    if for_platform and not key.runs_platform:
        raise NotFound(request.url.path)
    house.last_use.note(key.sid)
    act_as(Actor(ActorKind.CARRIER_KEY, key.sid, key.name, host))
    if not for_platform:  # else it reads of all carriers
        confine_to(Tenant(key.carrier_sid))
    return key.carrier_sid


def _carrier(request: Request) -> str:
    carrier_sid: str = request.state.carrier_sid
    return carrier_sid


Carrier = Annotated[str, Depends(_carrier)]  # the SID of whose key it is
House = Annotated[Services, Depends(services)]
