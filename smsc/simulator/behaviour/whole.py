"""All that can be set on a simulated box, as one value, with names and meanings."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from smsc.errors import BadParameter
from smsc.simulator.behaviour.accepting import Binding, Judging
from smsc.simulator.behaviour.answering import Answering, Reporting
from smsc.simulator.behaviour.link import Link


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Behaviour(Link, Reporting, Answering, Judging, Binding):
    """All that can be set, changed at run time too; the defaults are a SIM box on a good day."""


_ADAPTER: Final = TypeAdapter(Behaviour)


def dump(behaviour: Behaviour) -> dict[str, object]:
    """Return it as JSON knows it: delays in seconds, the status by name."""
    dumped: dict[str, object] = _ADAPTER.dump_python(behaviour, mode="json")
    return dumped


def change(behaviour: Behaviour, changes: Mapping[str, object]) -> Behaviour:
    """Return `behaviour` with these fields changed; values as JSON or a command line has them.

    Raises:
        BadParameter: no such field, or no such value.
    """
    try:
        return _ADAPTER.validate_python({**dump(behaviour), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "unexpected_keyword_argument":
            known = ", ".join(descriptions())
            raise BadParameter(f"{name!r} is nothing that can be set; there is {known}.") from None
        why = first["msg"].removeprefix("Value error, ")
        raise BadParameter(f"{name}: {why} (it is {first.get('input')!r}).") from None


def descriptions() -> dict[str, str]:
    """Return what each field means, by its name."""
    properties = _ADAPTER.json_schema(mode="serialization")["properties"]
    return {
        field.name: properties[field.name].get("description", "") for field in fields(Behaviour)
    }
