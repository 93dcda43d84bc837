"""How a simulated SIM box treats what is sent to it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from smsc.errors import BadParameter
from smsc.simulator.message_ids import MessageIdStyle
from smsc.smpp.pdu import CommandStatus, status_name


class Fate(StrEnum):
    """What becomes of a segment that was accepted."""

    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DELETED = "deleted"
    NO_RECEIPT = "no_receipt"  # delivered, but nobody says so
    ENROUTE_FIRST = "enroute_first"  # one receipt ENROUTE, then one DELIVRD


FATES: Final[Mapping[str, Fate]] = {
    "0001": Fate.UNDELIVERABLE,
    "0002": Fate.REJECTED,
    "0003": Fate.EXPIRED,
    "0004": Fate.NO_RECEIPT,
    "0005": Fate.ENROUTE_FIRST,
}


def _read_seconds(value: object) -> object:
    """Let `"0.5"` be seconds, as 0.5 is."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value  # ISO 8601, or refused by pydantic


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError("can't be negative")
    return value


def _read_list(value: object) -> object:
    """Let `"a,b"` be a list, as on a command line."""
    if isinstance(value, str):
        return tuple(filter(None, (word.strip() for word in value.split(","))))
    return value


def _read_fates(value: object) -> object:
    """Let `"0001:expired,7:rejected"` be a table, as on a command line."""
    if not isinstance(value, str):
        return value
    pairs = (word.partition(":") for word in value.split(",") if word.strip())
    return {suffix.strip(): fate.strip() for suffix, _, fate in pairs}


def _read_status(value: object) -> object:
    """Let `"ESME_RINVDSTADR"` and `"0x0B"` be a status, as 11 is."""
    if not isinstance(value, str):
        return value
    if value.upper() in CommandStatus.__members__:
        return int(CommandStatus[value.upper()])
    try:
        return int(value, 0)
    except ValueError:
        raise ValueError(f"{value!r} is no command_status: a name or a number") from None


def _read_optional(value: object) -> object:
    """Let `"none"` be None, as on a command line."""
    return None if isinstance(value, str) and value.lower() in {"", "none", "null"} else value


Seconds = Annotated[
    timedelta,
    BeforeValidator(_read_seconds),
    AfterValidator(_not_negative),
    PlainSerializer(timedelta.total_seconds),
]
Words = Annotated[tuple[str, ...], BeforeValidator(_read_list)]
Status = Annotated[
    int,
    BeforeValidator(_read_status),
    Field(ge=1, le=0xFFFFFFFF),
    PlainSerializer(status_name),
]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Behaviour:
    """All that can be set, changed at run time too; the defaults are a SIM box on a good day."""

    response_delay: Annotated[Seconds, Field(description="seconds before each submit_sm_resp")] = (
        timedelta(0)
    )
    swallow_responses: Annotated[
        bool, Field(description="accept and deliver, but never answer a submit_sm")
    ] = False
    receipts: Annotated[bool, Field(description="send receipts to those who ask for them")] = True
    receipt_delay: Annotated[
        Seconds, Field(description="seconds from the response to the receipt")
    ] = timedelta(milliseconds=200)
    receipt_tlvs: Annotated[
        bool, Field(description="receipted_message_id and message_state beside the text")
    ] = True
    receipt_retry: Annotated[
        Seconds, Field(description="seconds before a refused deliver_sm is repeated")
    ] = timedelta(seconds=5)
    window: Annotated[
        int, Field(ge=1, le=10_000, description="unanswered deliver_sm a session; at its bind")
    ] = 100
    message_id_style: Annotated[
        MessageIdStyle, Field(description="how the response writes message_id")
    ] = MessageIdStyle.DECIMAL
    receipt_id_style: Annotated[
        MessageIdStyle | None,
        BeforeValidator(_read_optional),
        Field(description="how receipts write it; none: as the response"),
    ] = None
    reject_prefixes: Annotated[
        Words, Field(description="destinations that begin so are refused; digits, no +")
    ] = ()
    reject_suffixes: Annotated[
        Words, Field(description="destinations that end so are refused")
    ] = ()
    reject_rate: Annotated[
        float, Field(ge=0, le=1, description="share of segments refused at random")
    ] = 0.0
    reject_status: Annotated[
        Status, Field(description="with which they are refused: a name or a number")
    ] = CommandStatus.ESME_RINVDSTADR
    seed: Annotated[
        int | None,
        BeforeValidator(_read_optional),
        Field(description="of reject_rate, to have the same choice again"),
    ] = None
    throughput: Annotated[
        Annotated[float, Field(gt=0)] | None,
        BeforeValidator(_read_optional),
        Field(description="segments a second; ESME_RTHROTTLED beyond; none: unlimited"),
    ] = None
    fates: Annotated[
        Mapping[str, Fate],
        BeforeValidator(_read_fates),
        Field(description="by the end of the destination, like 0001:undeliverable,7:expired"),
    ] = Field(default_factory=lambda: dict(FATES))


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
