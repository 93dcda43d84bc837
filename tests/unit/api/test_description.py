"""The description at /openapi.json, read off the handlers."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request

from api.carrier.router import build_router
from api.openapi import DescribedApi, describe, handler_of, operations, parameters_of
from api.openapi_answers import CONFLICTS, refusals, successes


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = DescribedApi(title="smsc")
    app.include_router(build_router(), prefix="/carrier/v1")
    return describe(app)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(_references(document)):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def test_every_operation_says_what_it_answers_and_refuses(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            assert {"400", "401", "503"} <= set(answers), (method, path)
            assert "default" not in answers
            assert "422" not in answers
            (success,) = (status for status in answers if status < "300")
            if success == "204":
                continue
            for content in answers[success]["content"].values():
                assert content["schema"] != {"type": "object"}, (method, path)


def test_the_status_is_the_handlers_own(document: dict[str, Any]) -> None:
    message = document["paths"]["/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json"]
    assert (
        "201"
        in document["paths"]["/2010-04-01/Accounts/{account_sid}/Messages.json"]["post"][
            "responses"
        ]
    )
    assert "200" in message["post"]["responses"]
    assert "204" in message["delete"]["responses"]


def test_a_page_has_its_resources_under_their_key(document: dict[str, Any]) -> None:
    path = "/2010-04-01/Accounts/{account_sid}/Messages.json"
    answer = document["paths"][path]["get"]["responses"]["200"]
    paging, page = answer["content"]["application/json"]["schema"]["allOf"]
    assert paging == {"$ref": "#/components/schemas/Envelope"}
    assert page["required"] == ["messages"]
    items = page["properties"]["messages"]["items"]
    assert items == {"$ref": "#/components/schemas/MessageJson"}


def test_every_property_of_a_message_is_always_there(document: dict[str, Any]) -> None:
    message = document["components"]["schemas"]["MessageJson"]
    assert set(message["required"]) == set(message["properties"])
    assert "from" in message["properties"]
    assert "delivered" in message["properties"]["status"]["enum"]


def test_every_conflict_belongs_to_an_operation(document: dict[str, Any]) -> None:
    answered = {f"{method} {path}" for method, path, _ in operations()}
    answered |= {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert answered >= CONFLICTS


def test_every_parameter_that_is_read_is_described() -> None:
    """Of each module: what it reads by name is a parameter of one of its operations."""
    described: dict[str, set[str]] = {}
    for method, path, route in operations():
        named = {name for name, _ in parameters_of(method, path)}
        described.setdefault(handler_of(route).__module__, set()).update(named)
    messages = described["api.twilio.messages"]
    described |= {"api.twilio.message_form": messages | described["api.twilio.bulk_messages"]}
    read = re.compile(
        r"""(?:form|query|fields)(?:\.get\(|\[|, )"([A-Z]\w+[<>]?)"|"([A-Z]\w+)" in form"""
    )
    for module, parameters in described.items():
        found = {a or b for a, b in read.findall(inspect.getsource(sys.modules[module]))}
        assert found - parameters == set(), module


def test_a_handler_that_does_not_say_what_it_answers_is_refused() -> None:
    async def silent(request: Request) -> object:
        """Answer something."""

    with pytest.raises(TypeError, match="says nothing"):
        successes({"GET /": silent})


def test_the_platform_is_not_found_by_others_keys() -> None:
    assert "404" in refusals("GET", "/platform/v1/health", ())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("post", "/carrier/v1/kannel_users", "409"),  # an account has one login
        ("post", "/carrier/v1/routes", "409"),
        ("patch", "/carrier/v1/connectors/{sid}", "409"),  # another has the name
        ("post", "/carrier/v1/tariffs", "409"),
        ("delete", "/v1/AuthTokens/Secondary", "404"),  # there is none
        ("get", "/carrier/v1/opt_outs/csv", "404"),  # of an account that is not there
    ],
)
def test_a_refusal_that_was_answered_is_declared(
    document: dict[str, Any], method: str, path: str, status: str
) -> None:
    assert status in document["paths"][path][method]["responses"]
