"""Builds the application: routes, failures, and what opens and closes with the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from api import errors, health, kannel, metrics, openapi, reference
from api.carrier.router import build_router
from api.dashboard.app import create_dashboard
from api.deps import Opening
from api.openapi import DescribedApi
from api.platform import router as platform
from api.request_ids import RequestIds
from api.request_log import RequestLogging
from api.twilio import router as twilio
from smsc.errors import MethodNotAllowed, NotFound
from smsc.settings import Settings

# Under these nothing but our own answers: an unknown path is 404 in Twilio's shape, though the
# dashboard is mounted at "/".
_OWN_PREFIXES: Final = ("/2010-04-01", "/v1", "/v2", "/carrier", "/platform/v1")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(settings: Settings) -> FastAPI:
    """Make the application.

    Raises:
        SettingError: a setting that it needs is missing.
    """
    settings.require_servers()
    opening = Opening(settings)
    dashboard = create_dashboard(opening)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await opening.start()
        try:
            async with dashboard.router.lifespan_context(dashboard):
                yield
        finally:
            await opening.stop()

    app = DescribedApi(
        title="smsc",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from a foreign host
        redoc_url=None,
        openapi_url=None,  # ours below say whose the API is
        redirect_slashes=False,
    )
    app.state.opening = opening
    errors.install(app)
    app.add_middleware(RequestLogging, request_log=opening.request_log)
    app.add_middleware(RequestIds)
    app.router.routes.extend(twilio.ROUTES)
    app.router.routes.extend(kannel.ROUTES)
    app.router.routes.extend(
        [
            Route("/healthz", health.live, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
            Route("/metrics", metrics.show, methods=["GET"]),
            Route("/openapi.json", openapi.show, methods=["GET"]),
            Route("/carrier/v1/openapi.json", openapi.show_carrier, methods=["GET"]),
            Route("/docs", reference.show, methods=["GET"]),
        ]
    )
    app.include_router(build_router(), prefix="/carrier/v1")
    app.include_router(platform.router, prefix="/platform/v1")
    for prefix in _OWN_PREFIXES:
        app.router.routes.append(Route(prefix, _nowhere, methods=_METHODS))
        app.router.routes.append(Route(prefix + "/{rest:path}", _nowhere, methods=_METHODS))
    app.mount("/", dashboard)
    return app


async def _nowhere(request: Request) -> Response:
    """Refuse a path that nothing answers, or a method that nothing answers on it.

    Raises:
        MethodNotAllowed: another method would be answered.
        NotFound: none would.
    """
    for route in request.app.router.routes:
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            raise MethodNotAllowed(request.method)
    raise NotFound(request.url.path)
