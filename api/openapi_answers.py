"""What operations answer, for the descriptions: successes as handlers are annotated, refusals."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from api.errors import ErrorJson
from api.paging import Envelope, Meta
from api.twilio.answer_types import Created, Csv, Gone, Json, Page2010, PageV1

Schema = dict[str, Any]
Handler = Callable[..., object]

REFERENCE: Final = "#/components/schemas/{model}"
_PAGING: Final[dict[object, type]] = {Page2010: Envelope, PageV1: Meta}
_DESCRIPTIONS: Final[dict[object, str]] = {Created: "Made.", Gone: "Gone."}
_WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})
_REFUSED: Final = {
    400: "A parameter is missing or unusable.",
    401: "No credentials, wrong ones, or an account that is not active.",
    403: "The account or the key may not do this.",
    404: "Nothing there that the caller may see.",
    408: "The body stopped to come.",
    409: "The change contradicts what is there.",
    413: "The body is too long.",
    415: "The body is in another format.",
    429: "Too much at once, or too often.",
    503: "The platform can't take it now: try again.",
}
# What may be refused for the state in which something is, by method and path.
CONFLICTS: Final = frozenset(
    {
        "POST /2010-04-01/Accounts/{account_sid}/Messages",
        "POST /2010-04-01/Accounts/{account_sid}/Messages/{sid}",
        "DELETE /2010-04-01/Accounts/{account_sid}/Messages/{sid}",
        "POST /v1/Messages/Bulk",
        "POST /v1/Messages/Bulk/{sid}",
        "POST /v1/Services/{service_sid}/PhoneNumbers",
        "POST /v1/Services/{service_sid}/ShortCodes",
        "POST /v1/Services/{service_sid}/AlphaSenders",
        "POST /carrier/v1/accounts/{sid}/approve",
        "POST /carrier/v1/accounts/{sid}/upgrade",
        "POST /carrier/v1/accounts/{sid}/own_numbers",
        "DELETE /carrier/v1/accounts/{sid}/own_numbers/{number}",
        "POST /carrier/v1/phone_numbers",
        "POST /carrier/v1/connectors",
        "PATCH /carrier/v1/connectors/{sid}",
        "DELETE /carrier/v1/connectors/{sid}",
        "POST /carrier/v1/channels",
        "POST /carrier/v1/routes",
        "PATCH /carrier/v1/routes/{sid}",
        "POST /carrier/v1/smpp_credentials",
        "POST /carrier/v1/kannel_users",
        "POST /carrier/v1/tariffs",
        "GET /carrier/v1/connectors/{sid}/trace",
        "POST /carrier/v1/connectors/{connector_sid}/probes",
        "PUT /carrier/v1/currency",
        "POST /carrier/v1/brand/domains",
        "POST /carrier/v1/brand/domains/{host}/verify",
        "POST /carrier/v1/invitations",
        "PATCH /carrier/v1/memberships/{sid}",
        "DELETE /carrier/v1/memberships/{sid}",
    }
)


def refusals(method: str, path: str, parameters: Iterable[str]) -> Schema:
    """Return what an operation with these parameters may refuse, by status, as references."""
    statuses = {400, 401, 403, 429, 503}
    names_one = "{" in path or any(name.lower().endswith("sid") for name in parameters)
    # Who runs no platform isn't told that there is one.
    if names_one or method == "DELETE" or path.startswith("/platform/"):
        statuses.add(404)
    if method in _WITH_BODY:
        statuses |= {404, 408, 413, 415}
    if f"{method} {path}" in CONFLICTS:
        statuses.add(409)
    return {
        str(status): {"$ref": f"#/components/responses/{HTTPStatus(status).name}"}
        for status in sorted(statuses)
    }


def refusal_components() -> Schema:
    """Return every refusal, by the name under which operations refer to it."""
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=ErrorJson.__name__)}}}
    return {
        HTTPStatus(status).name: {"description": text, "content": content}
        for status, text in _REFUSED.items()
    }


def successes(handlers: Mapping[str, Handler]) -> tuple[dict[str, Schema], Schema]:
    """Return what each handler answers when all is well, and the schemas that this refers to."""
    kinds = {name: get_type_hints(handler)["return"] for name, handler in handlers.items()}
    adapters: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (shape.__name__, "serialization", TypeAdapter(shape))
        for shape in (ErrorJson, Envelope, Meta)
    ]
    adapters += [
        (name, "serialization", TypeAdapter(get_args(kind)[-1]))
        for name, kind in kinds.items()
        if get_args(kind)
    ]
    schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE)
    answers = {
        name: _answer(kind, schemas.get((name, "serialization"), {}))
        for name, kind in kinds.items()
    }
    return answers, definitions.get("$defs", {})


def _answer(kind: object, resource: Schema) -> Schema:
    """Return the one success of a handler, by its status."""
    answer = get_origin(kind) or kind
    described = {"description": _DESCRIPTIONS.get(answer, "Done.")}
    if answer is Gone:
        return {"204": described}
    if answer is Csv:
        return {"200": described | {"content": {Csv.media_type: {"schema": {"type": "string"}}}}}
    if answer in _PAGING:
        resource = _page(answer, get_args(get_args(kind)[0])[0], resource)
    elif answer not in {Json, Created}:
        raise TypeError(f"{kind} says nothing of an answer")
    status = "201" if answer is Created else "200"
    return {status: described | {"content": {"application/json": {"schema": resource}}}}


def _page(kind: object, key: str, resource: Schema) -> Schema:
    paging = {"$ref": REFERENCE.format(model=_PAGING[kind].__name__)}
    shown = {key: {"type": "array", "items": resource}}
    if kind is Page2010:
        page = {"type": "object", "required": [key], "properties": shown}
        return {"allOf": [paging, page]}
    return {
        "type": "object",
        "required": [key, "meta"],
        "properties": shown | {"meta": paging},
    }
