"""Makes form fields of what a draft accepts, and reads them back, each with its complaint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from api.dashboard.languages import gettext as _
from api.dashboard.languages import said

M = TypeVar("M", bound=BaseModel)

WHOLE: Final = ""  # the name under which a complaint about no single field stands
_SECRETS: Final = frozenset({"password", "outbind_password", "tls_key", "client_secret"})
_LONG: Final = frozenset({"tls_ca", "tls_certificate", "tls_key"})


class Kind(StrEnum):
    """How a field looks."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    JSON = "json"
    LONG = "long"
    SECRET = "secret"  # noqa: S105 a kind


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a form, filled in."""

    name: str
    kind: Kind
    value: str
    complaint: str
    choices: Sequence[str] = ()

    @property
    def is_on(self) -> bool:
        """Whether a flag is set."""
        return self.value == "true"


def fields_of(
    model: type[BaseModel],
    names: Iterable[str],
    values: Mapping[str, object],
    complaints: Mapping[str, str],
) -> list[SettingField]:
    """Return the fields of these names; what `values` lacks stands at its default."""
    schema = model.model_json_schema()
    fields = []
    for name in names:
        said = _resolved(schema, schema["properties"][name])
        kind = _kind(name, said)
        value = "" if name in _SECRETS else _text(values.get(name, said.get("default")))
        if kind is Kind.JSON and not value:
            value = "[]" if said.get("type") == "array" else "{}"
        fields.append(
            SettingField(name, kind, value, complaints.get(name, ""), said.get("enum", ()))
        )
    return fields


def read(
    model: type[M], form: Mapping[str, str], names: Iterable[str]
) -> tuple[M | None, dict[str, str]]:
    """Read a form into a draft or change; None: the complaints say, by field, why not.

    A field that is left empty is none where there may be none; a secret stays as it is; any other
    stands at its default.
    """
    schema = model.model_json_schema()
    values: dict[str, object] = {}
    complaints: dict[str, str] = {}
    for name in names:
        if name not in form:
            continue
        accepts = _resolved(schema, schema["properties"][name])
        text = form[name].strip()
        if text and _kind(name, accepts) is Kind.JSON:
            try:
                values[name] = json.loads(text)
            except ValueError as fault:
                complaints[name] = _("This is no JSON: %(fault)s", fault=fault)
        elif text:
            values[name] = text.replace("\r\n", "\n") if name in _LONG else text
        elif accepts["nullable"] and name not in _SECRETS:
            values[name] = None
        elif accepts.get("type") == "string" and accepts.get("minLength", 0) == 0:
            values[name] = ""
    try:
        read = model.model_validate(values)
    except ValidationError as error:
        for one in error.errors():
            where = str(one["loc"][0]) if one["loc"] else WHOLE
            complaints.setdefault(where, said(one["msg"].removeprefix("Value error, ")))
        return None, complaints
    return (None, complaints) if complaints else (read, {})


def _resolved(schema: Mapping[str, Any], accepts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a property accepts with its reference followed, and whether it may be null."""
    if "$ref" in accepts:
        name = str(accepts["$ref"]).rpartition("/")[2]
        return {**schema["$defs"][name], **accepts, "nullable": False}
    kinds = accepts.get("anyOf")
    if kinds is None:
        return {**accepts, "nullable": False}
    first = next(kind for kind in kinds if kind["type"] != "null")
    is_nullable = any(kind["type"] == "null" for kind in kinds)
    return {**accepts, **first, "nullable": is_nullable}


def _kind(name: str, accepts: Mapping[str, Any]) -> Kind:
    if name in _LONG:
        return Kind.LONG
    if name in _SECRETS:
        return Kind.SECRET
    if "enum" in accepts:
        return Kind.CHOICE
    match accepts.get("type"):
        case "boolean":
            return Kind.FLAG
        case "integer" | "number":
            return Kind.NUMBER
        case "object" | "array":
            return Kind.JSON
        case _:
            return Kind.TEXT


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
