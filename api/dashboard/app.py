"""Builds the dashboard's application: its routes, and how it answers failures, as pages."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from api.dashboard import connectors, files, home, message, messages, profile, sign_in
from api.dashboard.doorman import Doorman
from api.dashboard.languages import Listening
from api.dashboard.languages import gettext as _
from api.dashboard.rendering import failure
from api.deps import Opening
from smsc.db import UNAVAILABLE
from smsc.errors import GatewayError

log = structlog.get_logger()

_GET: Final = ["GET"]
_POST: Final = ["POST"]


def create_dashboard(opening: Opening) -> FastAPI:
    """Make the application. Whoever mounts it enters its lifespan: a mounted one's never runs."""
    app = FastAPI(title="smsc dashboard", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.opening = opening
    app.state.doorman = Doorman()
    app.router.routes.extend(
        [
            Route("/assets/{name}", files.show, methods=_GET),
            Route("/sign-in", sign_in.show, methods=_GET),
            Route("/sign-in", sign_in.enter, methods=_POST),
            Route("/sign-out", sign_in.leave, methods=_POST),
            Route("/profile", profile.show, methods=_GET),
            Route("/profile", profile.change, methods=_POST),
            Route("/sessions/{sid}/end", profile.end_session, methods=_POST),
            Route("/messages", messages.show, methods=_GET),
            Route("/messages/{sid}", message.show, methods=_GET),
            Route("/connectors", connectors.show, methods=_GET),
            Route("/connectors/{sid}/pause", connectors.pause, methods=_POST),
            Route("/connectors/{sid}/resume", connectors.resume, methods=_POST),
            Route("/", home.show, methods=_GET),
        ]
    )
    app.add_middleware(Listening)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


async def _expected(__: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)  # noqa: S101 as registered
    return failure(HTTPStatus(error.http_status), error.message)


async def _routing(__: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 as registered
    return failure(HTTPStatus(error.status_code), _("There is no such page."))


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


_HANDLERS: Final[dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]] = {
    GatewayError: _expected,
    HTTPException: _routing,
    **dict.fromkeys(UNAVAILABLE, _unavailable),
    ClientDisconnect: _gone,
    Exception: _unexpected,
}
