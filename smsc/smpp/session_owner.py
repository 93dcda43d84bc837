"""What a session carries, and whom it serves."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, Protocol, TypeVar

from smsc.smpp.pdu import (
    Bind,
    BindResp,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Outbind,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
)

Ancillary = SubmitMulti | QuerySm | CancelSm | ReplaceSm
Request = SubmitSm | DeliverSm | DataSm | Ancillary
Response = SubmitSmResp | DeliverSmResp | DataSmResp | GenericNack
BindPdu = Bind | BindResp | GenericNack | Outbind

# Tuples, since isinstance is slow on a union.
MESSAGES: Final = (SubmitSm, DeliverSm, DataSm)
REQUESTS: Final = (*MESSAGES, SubmitMulti, QuerySm, CancelSm, ReplaceSm)
RESPONSES: Final = (SubmitSmResp, DeliverSmResp, DataSmResp, GenericNack)
BIND_PDUS: Final = (Bind, BindResp, Outbind)

K_contra = TypeVar("K_contra", contravariant=True)
Q_contra = TypeVar("Q_contra", contravariant=True)
R_contra = TypeVar("R_contra", contravariant=True)


class SessionState(Enum):
    """Source: SMPP 3.4 §2.2; the three bound states are one here, with a bind_type beside it."""

    OPEN = auto()
    BOUND = auto()
    UNBINDING = auto()
    CLOSED = auto()


class SessionOwner(Protocol[K_contra, Q_contra, R_contra]):
    """Whom a session serves. Plain calls from the event loop; lists are never empty."""

    def opened(self) -> None:
        """Take note that the connection stands."""

    def binding(self, pdu: BindPdu) -> None:
        """Take a PDU of the bind's negotiation; only before the session is bound."""

    def responded(self, results: "Sequence[tuple[K_contra, R_contra]]") -> None:
        """Take the responses of one read."""

    def requested(self, pdus: "Sequence[Q_contra]") -> None:
        """Take the requests of one read; each is answered later by `Session.answer`."""

    def in_doubt(self, keys: "Sequence[K_contra]", why: str, *, silence: bool) -> None:
        """Take back what was written and got no response.

        `silence`: the peer is alive and had its time to answer; else the session ended before.
        """

    def capacity_freed(self) -> None:
        """Take note that more may be requested."""

    def ended(self, reason: str) -> None:
        """Take note of the session's end, once, after its last `in_doubt`."""
