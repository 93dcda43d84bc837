"""Describes what this platform answers, at `/openapi.json`: Twilio's resources, the Carrier API."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import orjson
from fastapi import FastAPI
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.dashboard.brands import brand_of
from api.openapi_answers import REFERENCE, refusal_components, refusals, successes
from api.openapi_parameters import FILE_BODIES, JSON_BODIES, PARAMETERS
from api.twilio.router import ROUTES

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_SECURITY: Final[dict[str, Any]] = {
    "account": {
        "type": "http",
        "scheme": "basic",
        "description": "AccountSid and AuthToken, or an API key's SID and secret.",
    },
    "carrier": {"type": "http", "scheme": "bearer"},
}


class DescribedApi(FastAPI):
    """An application whose description of the Carrier API knows how that refuses, and whom."""

    whole_description: dict[str, Any] | None = None  # what /openapi.json answers

    def openapi(self) -> dict[str, Any]:
        """Return the Carrier API's description; FastAPI's own says 422 to what we answer 400."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    operation["security"] = [{"carrier": []}]
                    answers = operation["responses"]
                    answers.pop("422", None)
                    named = [one["name"] for one in operation.get("parameters", ())]
                    answers |= refusals(method.upper(), path, named)
            components = document["components"]
            _, schemas = successes({})
            for unused in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(unused, None)
            components["schemas"] |= schemas
            components["responses"] = refusal_components()
            components["securitySchemes"] = {"carrier": _SECURITY["carrier"]}
        schema: dict[str, Any] = super().openapi()  # FastAPI keeps it
        return schema


async def show(request: Request) -> Response:
    """Answer with the description of all, as OpenAPI 3.1."""
    app: DescribedApi = request.app
    if app.whole_description is None:
        app.whole_description = describe(app)
    return await _under_its_name(request, app.whole_description)


async def show_carrier(request: Request) -> Response:
    """Answer with the description of the Carrier API alone."""
    app: DescribedApi = request.app
    return await _under_its_name(request, app.openapi())


async def _under_its_name(request: Request, document: dict[str, Any]) -> Response:
    """Answer with a description; on a carrier's own host its title is the carrier's."""
    brand = await brand_of(request)
    if brand is not None:
        document = document | {"info": document["info"] | {"title": f"{brand.name}: API"}}
    return Response(orjson.dumps(document), media_type="application/json")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of Twilio's resources, and of the Carrier API beside them."""
    document = dict(app.openapi())
    found = list(operations())
    answers, schemas = successes(
        {f"{method} {path}": handler_of(route) for method, path, route in found}
    )
    paths: dict[str, Any] = {}
    for method, path, route in found:
        operation = _operation(method, path, route)
        named = [name for name, _ in parameters_of(method, path)]
        operation["responses"] = answers[f"{method} {path}"] | refusals(method, path, named)
        paths.setdefault(_shown(path), {})[method.lower()] = operation
    _, defined = models_json_schema(
        [(body, "validation") for body in JSON_BODIES.values()], ref_template=REFERENCE
    )
    schemas |= defined["$defs"]
    components = dict(document["components"])
    return document | {
        "paths": paths | document["paths"],
        "components": components
        | {"schemas": components["schemas"] | schemas, "securitySchemes": _SECURITY},
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


def handler_of(route: Route) -> Callable[..., object]:
    """Return the function that answers."""
    handler: Any = route.endpoint
    while isinstance(handler, partial):
        handler = handler.func
    found: Callable[..., object] = handler
    return found


def summary_of(route: Route) -> str:
    """Return what a route's handler says it does."""
    words = handler_of(route).__doc__ or ""
    return words.strip().split("\n\n", maxsplit=1)[0].replace("\n", " ")


def parameters_of(method: str, path: str) -> list[tuple[str, bool]]:
    """Return the parameters of a form or query, and whether each is required."""
    words = PARAMETERS.get(f"{method} {path}", "").split()
    return [(word.rstrip("*"), word.endswith("*")) for word in words]


def _shown(path: str) -> str:
    """Write a path as SDKs ask for it: those of the 2010 API end in `.json`."""
    return f"{path}.json" if path.startswith("/2010-04-01") else path


def _operation(method: str, path: str, route: Route) -> dict[str, Any]:
    named = parameters_of(method, path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]
    operation: dict[str, Any] = {
        "tags": [handler_of(route).__module__.rpartition(".")[2]],
        "summary": summary_of(route),
        "operationId": f"{method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}",
        "security": [{"account": []}],
    }
    file = FILE_BODIES.get(f"{method} {path}")
    if method == "GET" or file is not None:  # what the body has no place for is in the query
        parameters += [
            {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}
            for name, required in named
        ]
    if file is not None:
        operation["requestBody"] = file
    elif named and method != "GET":
        form = {
            "type": "object",
            "properties": {name: {"type": "string"} for name, _ in named},
            "required": [name for name, required in named if required],
        }
        content = {"application/x-www-form-urlencoded": {"schema": form}}
        operation["requestBody"] = {"content": content}
    elif f"{method} {path}" in JSON_BODIES:
        reference = REFERENCE.format(model=JSON_BODIES[f"{method} {path}"].__name__)
        json_body = {"application/json": {"schema": {"$ref": reference}}}
        operation["requestBody"] = {"content": json_body, "required": True}
    return operation | {"parameters": parameters}
