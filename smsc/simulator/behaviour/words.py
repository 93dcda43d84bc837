"""How a behaviour's values are written on a command line and in JSON."""

import re
from datetime import timedelta
from string import Formatter
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from smsc.smpp.pdu import CommandStatus, status_name
from smsc.sms.status import MessageState

# What stands between braces in the text of a receipt. `raw` are the message's first octets.
RECEIPT_FIELDS: Final = frozenset(
    {"id", "sub", "dlvrd", "stat", "err", "text", "raw"}
    | {f"{which}_{digits}" for which in ("submit", "done") for digits in (10, 12, 14)}
)


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


def read_table(value: object) -> object:
    """Let `"0001:expired,7:rejected"` be a table, as on a command line."""
    if not isinstance(value, str):
        return value
    pairs = (word.partition(":") for word in value.split(",") if word.strip())
    return {name.strip(): word.strip() for name, _, word in pairs}


def _read_number(value: object) -> object:
    """Let `"0x44"` be a number, as 68 is."""
    if not isinstance(value, str):
        return value
    try:
        return int(value, 0)
    except ValueError:
        raise ValueError(f"{value!r} is no number, like 68 or 0x44") from None


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


def read_optional(value: object) -> object:
    """Let `"none"` be None, as on a command line."""
    return None if isinstance(value, str) and value.lower() in {"", "none", "null"} else value


def _is_template(value: str) -> str:
    for _, name, specification, conversion in Formatter().parse(value):
        if name is not None and (name not in RECEIPT_FIELDS or specification or conversion):
            known = ", ".join(sorted(RECEIPT_FIELDS))
            raise ValueError(f"{{{name}}} is no field of a receipt; there are {known}")
    return value


def _are_states(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if name not in MessageState.__members__:
            known = ", ".join(MessageState.__members__)
            raise ValueError(f"{name!r} is no message_state; there are {known}")
    return value


def _are_octets(value: str) -> str:
    octets = "".join(value.split())
    if not re.fullmatch("(?:[0-9a-fA-F]{2})*", octets):
        raise ValueError("is to be octets in hexadecimal, like 48545450")
    return octets


def _are_tlvs(value: dict[str, str]) -> dict[str, str]:
    for tag, octets in value.items():
        if not re.fullmatch("0x[0-9a-fA-F]{4}", tag):
            raise ValueError(f"{tag!r} is no tag like 0x1401")
        _are_octets(octets)
    return value


Seconds = Annotated[
    timedelta,
    BeforeValidator(_read_seconds),
    AfterValidator(_not_negative),
    PlainSerializer(timedelta.total_seconds),
]
OptionalSeconds = Annotated[
    timedelta | None,
    BeforeValidator(read_optional),
    BeforeValidator(_read_seconds),
    PlainSerializer(lambda value: None if value is None else value.total_seconds()),
]
Words = Annotated[tuple[str, ...], BeforeValidator(_read_list)]
Tags = Annotated[
    tuple[Annotated[int, BeforeValidator(_read_number)], ...], BeforeValidator(_read_list)
]
Octet = Annotated[int, BeforeValidator(_read_number), Field(ge=0, le=255)]
Count = Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(read_optional)]
Status = Annotated[
    int,
    BeforeValidator(_read_status),
    Field(ge=1, le=0xFFFFFFFF),
    PlainSerializer(status_name),
]
Template = Annotated[str, AfterValidator(_is_template), Field(max_length=1000)]
ByState = Annotated[dict[str, str], BeforeValidator(read_table), AfterValidator(_are_states)]
HexOctets = Annotated[str, AfterValidator(_are_octets), Field(max_length=200_000)]
TlvTable = Annotated[dict[str, str], BeforeValidator(read_table), AfterValidator(_are_tlvs)]
