"""What a bind of ours is told, and what it tells whom it serves."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from smsc.smpp.pdu import Bind, BindType, DataSm, DeliverSm, GenericNack, SubmitSmResp
from smsc.smpp.timers import TimerSettings
from smsc.sms import status_table
from smsc.sms.status_table import StatusTable

K_contra = TypeVar("K_contra", contravariant=True)

# SMPP 3.4 §5.2.2 allows eight and a NUL. Some peers take more; others cut, or refuse the bind.
LONGEST_PASSWORD_OCTETS: Final = 8
SINCE_TLVS: Final = 0x34  # SMPP 3.4 has optional parameters, 3.3 has none


class DialIn(StrEnum):
    """A peer that binds to us instead: by which PDU it takes what we send."""

    DELIVER_SM = "deliver_sm"  # as SMPP has it: it is the ESME
    SUBMIT_SM = "submit_sm"  # as if it were the SMSC, whoever dialled


@dataclass(frozen=True, slots=True)
class Asker:
    """As whom a peer asks us by OUTBIND to bind over the connection that it has opened."""

    system_id: str
    password: str = field(repr=False)


class BindState(StrEnum):
    """Where a bind of ours stands."""

    CONNECTING = "connecting"
    BOUND = "bound"
    BACKING_OFF = "backing_off"
    UNBINDING = "unbinding"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindConfig:
    """Whom to bind to, as whom, and how fast. `throughput` is in segments a second."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    bind_type: BindType = BindType.TRANSCEIVER
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    window: int = 10
    throughput: float | None = None  # None: unlimited
    statuses: StatusTable = status_table.STANDARD  # which of them say that we are too fast
    connect_timeout: timedelta = timedelta(seconds=10)
    timers: TimerSettings = field(default_factory=TimerSettings)
    reconnect_first: timedelta = timedelta(seconds=1)
    reconnect_longest: timedelta = timedelta(seconds=60)
    ssl_context: ssl.SSLContext | None = None
    tls_server_name: str | None = None  # asked for by SNI and checked; None: the host
    dial_in: DialIn | None = None  # the peer binds to us; None: we bind
    asker: Asker | None = None  # then not over a connection of our own

    def bind_pdu(self) -> Bind:
        """Return the request for the session."""
        return Bind(
            bind_type=self.bind_type,
            system_id=self.system_id,
            password=self.password,
            system_type=self.system_type,
            interface_version=self.interface_version,
            addr_ton=self.addr_ton,
            addr_npi=self.addr_npi,
            address_range=self.address_range,
        )


class EsmeOwner(Protocol[K_contra]):
    """Whom a bind serves. Plain calls from the event loop, one a read of the socket.

    Nothing may be raised: an exception ends the session that it came from.
    """

    def responded(self, results: Sequence[tuple[K_contra, SubmitSmResp | GenericNack]]) -> None:
        """Take the responses to what was submitted."""

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Take receipts and inbound messages; answer them by `Esme.answer` after the commit."""

    def in_doubt(self, keys: Sequence[K_contra], why: str, *, silence: bool) -> None:
        """Take back what was written and got no response.

        `silence`: the remote is alive and had its time to answer; else the session ended before.
        """

    def state_changed(self, state: BindState, reason: str) -> None:
        """Take note of a new state, or of a new reason for the same."""

    def capacity_freed(self) -> None:
        """Take note that `capacity` may have grown."""
