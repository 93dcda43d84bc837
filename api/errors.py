"""Failures in Twilio's shape: a code, a sentence, where to read more, the HTTP status."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from api import metrics, request_ids
from smsc.db import UNAVAILABLE
from smsc.errors import (
    BadParameter,
    GatewayError,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)
from smsc.errors.doors import TooManyGuesses

log = structlog.get_logger()

Handler = Callable[[Request, Exception], Awaitable[Response]]

_MOST_COMPLAINTS: Final = 5
_RETRY_AFTER_SECONDS: Final = "1"
_CARRIER_PATHS: Final = ("/carrier/", "/platform/v1/")


class ErrorJson(TypedDict):
    """A failure: Twilio's code, a sentence, where to read more, the HTTP status."""

    code: int
    message: str
    more_info: str
    status: int


class Unexpected(GatewayError):
    """A fault of ours; the log has it."""

    def __init__(self) -> None:
        super().__init__(
            "An internal error occurred. The operator of this platform can look it up."
        )


def answer(request: Request, error: GatewayError) -> Response:
    """Render a failure."""
    metrics.requests_refused.labels(str(error.code)).inc()
    request.scope["failure"] = (error.code, error.message)  # for `api.request_log`
    headers = {}
    if isinstance(error, NotAuthenticated):
        is_carrier = request.url.path.startswith(_CARRIER_PATHS)
        headers["WWW-Authenticate"] = "Bearer" if is_carrier else 'Basic realm="Twilio API"'
    if isinstance(error, TooManyRequests | TooManyGuesses):
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif error.retryable:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    body: ErrorJson = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.http_status,
    }
    return Response(
        orjson.dumps(body), error.http_status, headers=headers, media_type="application/json"
    )


def install(app: FastAPI) -> None:
    """Make `app` answer every failure in Twilio's shape."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def render(request: Request, error: Exception) -> Response:
    """Answer a failure outside of the application's layers as they would."""
    handler = next(_HANDLERS[kind] for kind in type(error).__mro__ if kind in _HANDLERS)
    if handler is _unexpected:
        log.error(
            "request.broken",
            path=request.url.path,
            request_id=request_ids.of(request),
            exc_info=error,
        )
    return await handler(request, error)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)  # noqa: S101 as registered
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning(
            "request.unserved",
            path=request.url.path,
            request_id=request_ids.of(request),
            error=error.message,
        )
    return answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 as registered
    return answer(request, BadParameter(complaints(error.errors())))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 as registered
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return answer(request, MethodNotAllowed(request.method))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(request, NotFound(request.url.path))
    return answer(request, BadParameter(str(error.detail)))


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("database.unavailable", path=request.url.path, error=str(error))
    return answer(request, ServiceUnavailable())


async def _gone(request: Request, error: Exception) -> Response:  # noqa: ARG001 as registered
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server raises it again after this answer, and logs its traceback.
    request_id = request_ids.of(request)
    log.error(
        "request.failed",
        path=request.url.path,
        request_id=request_id,
        error=type(error).__name__,
    )
    response = answer(request, Unexpected())
    # Past the middleware: this answer leaves outside of it.
    response.raw_headers = list(request_ids.stamped(response.raw_headers, request_id))
    return response


_HANDLERS: Final[Mapping[type[Exception], Handler]] = {
    GatewayError: _expected,
    RequestValidationError: _invalid,
    HTTPException: _routing,
    **dict.fromkeys(UNAVAILABLE, _unavailable),
    ClientDisconnect: _gone,
    Exception: _unexpected,
}


def complaints(errors: Sequence[Mapping[str, object]]) -> str:
    """Say in one sentence which fields are wrong, and how; unknown ones are named."""
    sentences = []
    for error in errors[:_MOST_COMPLAINTS]:
        location = error.get("loc")
        parts = location if isinstance(location, tuple) else ()
        name = ".".join(str(part) for part in parts if part not in {"body", "query", "path"})
        what = str(error.get("msg", "")).removeprefix("Value error, ")
        match error.get("type"):
            case "extra_forbidden":
                sentences.append(f"unknown field {name!r}")
            case "missing" if name:
                sentences.append(f"{name!r} is required")
            case "json_invalid":
                sentences.append("the body is not valid JSON")
            case "value_error" if not name:  # about several fields together
                sentences.append(what)
            case _ if name:
                sentences.append(f"{name!r}: {what[:1].lower()}{what[1:]}")
            case _:
                sentences.append("the body must be a JSON object")
    return f"Invalid request: {'; '.join(sentences)}."
