"""Who may bind to a simulated box, and which of what it submits is taken."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from smsc.simulator.behaviour.words import (
    Count,
    OptionalSeconds,
    Status,
    Tags,
    Words,
    read_optional,
    read_table,
)
from smsc.smpp.pdu import CommandStatus
from smsc.sms.alphabet import Alphabet
from smsc.sms.text_style import Concatenation


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


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Binding:
    """Binds, and the session's own timers."""

    refused_binds: Annotated[
        int, Field(ge=0, description="so many binds are refused, then none")
    ] = 0
    bind_status: Annotated[Status, Field(description="with which a bind is refused")] = (
        CommandStatus.ESME_RBINDFAIL
    )
    most_sessions: Annotated[
        Count, Field(description="bound at once as one system_id; ESME_RALYBND beyond")
    ] = None
    lines: Annotated[
        Count,
        Field(description="one transceiver a SIM: system_ids end in 01, 02 and so on up to it"),
    ] = None
    longest_password: Annotated[
        Count, Field(description="octets; a bind with a longer one is refused")
    ] = None
    lowest_version: Annotated[
        int, Field(ge=0, le=0x50, description="interface_version; a bind below is refused")
    ] = 0
    asks_after: Annotated[
        OptionalSeconds, Field(description="of silence, it sends enquire_link; for new sessions")
    ] = timedelta(seconds=30)
    unbinds_idle_after: Annotated[
        OptionalSeconds, Field(description="without a message it unbinds; for new sessions")
    ] = None
    window: Annotated[
        int, Field(ge=1, le=10_000, description="unanswered deliver_sm a session; at its bind")
    ] = 100


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Judging:
    """What is taken, at which rate, and what becomes of it."""

    alphabet: Annotated[Alphabet, Field(description="what data_coding 0 means")] = Alphabet.GSM7
    gsm7_packed: Annotated[
        bool, Field(description="GSM 7-bit is eight septets in seven octets, both ways")
    ] = False
    concatenation: Annotated[
        Concatenation, Field(description="how handsets' long texts are told to be one")
    ] = Concatenation.UDH8
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
    shortest_destination: Annotated[
        int, Field(ge=0, description="digits; a shorter one is refused")
    ] = 0
    reject_tlvs: Annotated[
        Tags, Field(description="tags that are refused with ESME_ROPTPARNOTALLWD, like 0x020C")
    ] = ()
    seed: Annotated[
        int | None,
        BeforeValidator(read_optional),
        Field(description="of reject_rate, to have the same choice again"),
    ] = None
    throughput: Annotated[
        Annotated[float, Field(gt=0)] | None,
        BeforeValidator(read_optional),
        Field(description="segments a second; refused beyond; none: unlimited"),
    ] = None
    most_unanswered: Annotated[
        Count, Field(description="submits a session that wait for their response; refused beyond")
    ] = None
    throttle_status: Annotated[
        Status, Field(description="with which too fast a peer is told so, or ESME_RMSGQFUL")
    ] = CommandStatus.ESME_RTHROTTLED
    fates: Annotated[
        Mapping[str, Fate],
        BeforeValidator(read_table),
        Field(description="by the end of the destination, like 0001:undeliverable,7:expired"),
    ] = Field(default_factory=lambda: dict(FATES))
