"""What happens to a simulated box's sessions and to the octets on their wire."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from smsc.simulator.behaviour.words import Count, HexOctets, Seconds, read_optional

_HTTP: Final = b"HTTP/1.1 400 Bad Request\r\n\r\n".hex()


class Incident(StrEnum):
    """What befalls a session."""

    UNBIND = "unbind"  # it asks for the end
    CLOSE = "close"  # FIN
    RESET = "reset"  # RST
    SILENCE = "silence"  # half-open: the connection stands, and nothing is read or written
    GARBAGE = "garbage"  # octets that were never a PDU


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Link:
    """Sessions and octets."""

    incident: Annotated[
        Incident | None,
        BeforeValidator(read_optional),
        Field(description="what befalls a session after incident_after submits"),
    ] = None
    incident_after: Annotated[
        int, Field(ge=0, description="submits that are answered; more were taken, and are not")
    ] = 5
    incident_times: Annotated[
        Count, Field(description="to so many sessions, one after the other; none: to each")
    ] = 1
    garbage: Annotated[
        HexOctets, Field(description="what the incident garbage writes, in hexadecimal")
    ] = _HTTP
    stray_pdus: Annotated[
        HexOctets,
        Field(description="written after each read, in hexadecimal: whole PDUs, odd ones"),
    ] = ""
    closes_on_message_id: Annotated[
        bool, Field(description="a deliver_sm_resp with a message_id ends the session")
    ] = False
    write_octets: Annotated[
        Count, Field(description="at a time; 1 tears every PDU; none: as they come")
    ] = None
    write_gather: Annotated[
        Seconds, Field(description="seconds for which PDUs are gathered into one write")
    ] = timedelta(0)
    read_pause: Annotated[
        Seconds, Field(description="seconds between two reads, each a few KiB")
    ] = timedelta(0)
