"""Whose pages these are, before anybody is signed in: by the host that was asked for."""

from contextvars import ContextVar
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dashboard.guarding import SAFETY
from api.deps import opening, services
from smsc.db import UNAVAILABLE
from smsc.errors import NotFound, ServiceUnavailable
from smsc.provisioning import branding, carriers, colors
from smsc.provisioning.branding import Brand
from smsc.provisioning.transaction import reading

_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}  # the URL changes
_asked: ContextVar[Brand | None] = ContextVar("brand", default=None)


class Branding:
    """Finds out whose host each request came to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] == "http":
            _asked.set(await brand_of(Request(scope)))
        await self._app(scope, receive, send)


def brand_of_host() -> Brand | None:
    """Return whose host this request came to; None: nobody's but the platform's."""
    return _asked.get()


def is_home_to(carrier_sid: str) -> bool:
    """Say whether this request's host lets a carrier's people in; the platform's lets in all."""
    brand = _asked.get()
    return brand is None or brand.carrier_sid == carrier_sid


async def brand_of(request: Request) -> Brand | None:
    """Return whose host a request came to."""
    host = Headers(scope=request.scope).get("host", "").rpartition(":")[0].lower() or (
        Headers(scope=request.scope).get("host", "").lower()
    )
    known = opening(request).brands

    async def look() -> Brand | None:
        async with reading(services(request).database) as db:
            return await branding.of_host(db, host)

    try:
        return await known.get(host, look)
    except (ServiceUnavailable, *UNAVAILABLE):
        return None  # the page itself says so


async def show(request: Request) -> Response:
    """Answer with the style sheet or the logo of a carrier.

    Raises:
        NotFound: the carrier has none.
    """
    sid, name = request.path_params["sid"], request.path_params["name"]
    async with reading(services(request).database) as db:
        if name == "logo.png":
            octets = await branding.logo(db, sid)
            return Response(octets, media_type="image/png", headers=SAFETY | _FOR_EVER)
        color = (await carriers.get(db, sid)).brand_color
    if name != "colors.css" or color is None:
        raise NotFound(name)
    return Response(style_of(color), media_type="text/css", headers=SAFETY | _FOR_EVER)


def style_of(color: str) -> str:
    """Return what a colour changes on pages, light and dark."""
    dark = colors.on_dark(color)
    return (
        f":root{{--lead:{color};--lead-ink:{colors.ink_on(color)}}}\n"
        "@media (prefers-color-scheme: dark){"
        f":root{{--lead:{dark};--lead-ink:{colors.ink_on(dark)}}}}}\n"
    )
