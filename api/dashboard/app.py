"""Builds the dashboard's application: its routes, and how it answers failures, as pages."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.dashboard.brands import Branding
from api.dashboard.doorman import Doorman
from api.dashboard.guarding import Guarding
from api.dashboard.languages import Listening, said
from api.dashboard.languages import gettext as _
from api.dashboard.remembered import Remembered
from api.dashboard.rendering import failure
from api.dashboard.routing import ROUTES
from api.deps import Opening
from smsc.db import UNAVAILABLE
from smsc.errors import GatewayError

log = structlog.get_logger()


def create_dashboard(opening: Opening) -> FastAPI:
    """Make the application. Whoever mounts it enters its lifespan: a mounted one's never runs."""
    app = FastAPI(title="smsc dashboard", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.opening = opening
    app.state.doorman = Doorman()
    app.state.counted = Remembered(fresh_seconds=30, stale_seconds=3600)  # of traffic.show
    app.router.routes.extend(ROUTES)
    app.add_middleware(Listening)
    app.add_middleware(Branding)
    app.add_middleware(Guarding, over_tls=opening.settings.api_url.startswith("https:"))
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)  # noqa: S101 as registered
    return failure(HTTPStatus(error.http_status), said(error.message), back=_back(request))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 as registered
    sentence = _("There is no such page.")
    return failure(HTTPStatus(error.status_code), sentence, back=_back(request))


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("database.unavailable", path=request.url.path, error=str(error))
    return failure(
        HTTPStatus.SERVICE_UNAVAILABLE, _("The database can't be reached. Try again in a moment.")
    )


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server raises it again after this answer, and logs its traceback.
    log.error("request.failed", path=request.url.path, error=type(error).__name__)
    return failure(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("An internal error occurred. The operator of this platform can look it up."),
    )


def _back(request: Request) -> str:
    """Return the page of ours that the browser came from, else the first."""
    came = urlsplit(request.headers.get("referer", ""))
    is_ours = came.netloc == request.headers.get("host") and came.path.startswith("/")
    if not is_ours or came.path.startswith("//"):
        return "/"
    return came.path + (f"?{came.query}" if came.query else "")


_HANDLERS: Final[dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]] = {
    GatewayError: _expected,
    HTTPException: _routing,
    **dict.fromkeys(UNAVAILABLE, _unavailable),
    ClientDisconnect: _gone,
    Exception: _unexpected,
}
