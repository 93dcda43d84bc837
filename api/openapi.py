"""Describes what this platform answers, at `/openapi.json`: Twilio's resources, the Carrier API."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.openapi_parameters import PARAMETERS
from api.twilio.router import ROUTES

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_CREATED: Final = frozenset({"create", "start", "add", "add_alpha", "create_secondary"})
_ERROR: Final = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer", "description": "Twilio's error code."},
        "message": {"type": "string"},
        "more_info": {"type": "string", "format": "uri"},
        "status": {"type": "integer", "description": "The HTTP status."},
    },
}


async def show(request: Request) -> Response:
    """Answer with the description, as OpenAPI 3.1."""
    return Response(orjson.dumps(describe(request.app)), media_type="application/json")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of Twilio's resources, and of the Carrier API beside them."""
    document = dict(app.openapi())
    paths: dict[str, Any] = {}
    for method, path, route in operations():
        paths.setdefault(_shown(path), {})[method.lower()] = _operation(method, path, route)
    components = dict(document.get("components", {}))
    schemas = dict(components.get("schemas", {})) | {"TwilioError": _ERROR}
    return document | {
        "paths": paths | document.get("paths", {}),
        "components": components
        | {
            "schemas": schemas,
            "securitySchemes": {
                "account": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "AccountSid and AuthToken, or an API key's SID and secret.",
                },
                "carrier": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def operations() -> Iterator[tuple[str, str, Route]]:
    """Yield method, path without `.json`, and route of each of Twilio's resources, once."""
    seen = set()
    for route in ROUTES:
        path = route.path.removesuffix(".json")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            if (method, path) not in seen:
                seen.add((method, path))
                yield method, path, route


def summary_of(route: Route) -> str:
    """Return what a route's handler says it does, without its last dot."""
    handler: Any = route.endpoint
    while isinstance(handler, partial):
        handler = handler.func
    return (handler.__doc__ or "").strip().split("\n\n", maxsplit=1)[0].replace("\n", " ")


def parameters_of(method: str, path: str) -> list[tuple[str, bool]]:
    """Return the parameters of a form or query, and whether each is required."""
    words = PARAMETERS.get(f"{method} {path}", "").split()
    return [(word.rstrip("*"), word.endswith("*")) for word in words]


def _shown(path: str) -> str:
    """Write a path as SDKs ask for it: those of the 2010 API end in `.json`."""
    return f"{path}.json" if path.startswith("/2010-04-01") else path


def _operation(method: str, path: str, route: Route) -> dict[str, Any]:
    handler: Any = route.endpoint
    while isinstance(handler, partial):
        handler = handler.func
    named = parameters_of(method, path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]
    operation: dict[str, Any] = {
        "tags": [str(handler.__module__).rpartition(".")[2]],
        "summary": summary_of(route),
        "operationId": f"{method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}",
        "security": [{"account": []}],
        "responses": _responses(method, handler.__name__),
    }
    if method == "GET":
        parameters += [
            {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}
            for name, required in named
        ]
    elif named:
        form = {
            "type": "object",
            "properties": {name: {"type": "string"} for name, _ in named},
            "required": [name for name, required in named if required],
        }
        content = {"application/x-www-form-urlencoded": {"schema": form}}
        operation["requestBody"] = {"content": content}
    return operation | {"parameters": parameters}


def _responses(method: str, handler: str) -> dict[str, Any]:
    schema = {"schema": {"$ref": "#/components/schemas/TwilioError"}}
    refused = {"description": "Refused.", "content": {"application/json": schema}}
    if method == "DELETE":
        return {"204": {"description": "Gone."}, "default": refused}
    status = "201" if method == "POST" and handler in _CREATED else "200"
    content = {"application/json": {"schema": {"type": "object"}}}
    return {status: {"description": "Done.", "content": content}, "default": refused}
