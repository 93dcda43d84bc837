"""One session of an ESME that binds to us, and whom such sessions serve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Pdu,
    SubmitSm,
)
from smsc.smpp.session import Session
from smsc.smpp.session_owner import Ancillary
from smsc.smpp.timers import TimerSettings

Identity = TypeVar("Identity")
K = TypeVar("K")

Submitted = SubmitSm | DataSm
Delivered = DeliverSmResp | DataSmResp | GenericNack
Asked = Submitted | Ancillary


@dataclass(frozen=True, slots=True)
class Accepted(Generic[Identity]):
    """A bind that is welcome.

    `window` is how many of our requests may be in flight to it, `most_owed` after how many of its
    own without an answer no more is read from it, if not the server's number.
    """

    identity: Identity
    window: int = 10
    most_owed: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A bind that is not."""

    command_status: int = CommandStatus.ESME_RBINDFAIL


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A bind or an OUTBIND of a peer that somebody else serves on this connection from now on.

    `adopt` takes the session and what to call at its end; it returns what to call once a bind is
    answered, for an OUTBIND at once, or None if it doesn't take it after all.
    """

    adopt: Callable[[Session[Any, Any, Any], Callable[[str], None]], Callable[[], None] | None]


class ServerOwner(Protocol[Identity, K]):
    """Whom an SMPP server serves. Plain calls from the event loop, one a read of a socket.

    Nothing may be raised: an exception ends the session that it came from.
    """

    async def authenticate(
        self, bind: Bind, peer: str
    ) -> Accepted[Identity] | Refused | HandedOver:
        """Say whether this bind is welcome; `peer` is `host:port`."""

    def bound(self, session: "ServerSession[Identity, K]") -> None:
        """Take note of a new session."""

    def submitted(self, session: "ServerSession[Identity, K]", pdus: Sequence[Submitted]) -> None:
        """Take requests; answer each by `session.answer` after the commit."""

    def delivered(
        self, session: "ServerSession[Identity, K]", results: Sequence[tuple[K, Delivered]]
    ) -> None:
        """Take the responses to what was delivered."""

    def in_doubt(self, session: "ServerSession[Identity, K]", keys: Sequence[K], why: str) -> None:
        """Take back what was written and got no response."""

    def capacity_freed(self, session: "ServerSession[Identity, K]") -> None:
        """Take note that `session.capacity` may have grown."""

    def closed(self, session: "ServerSession[Identity, K]", why: str) -> None:
        """Take note of a bound session's end, after its last `in_doubt`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What all sessions of a server share."""

    system_id: str = "smsc"  # as we call ourselves in a bind_resp
    timers: TimerSettings = TimerSettings()  # noqa: RUF009  # frozen
    octets_before_bind: int = 1024
    most_owed: int = 1000  # requests of one session that wait for our answer


class ServerSession(Generic[Identity, K]):
    """A bound ESME. `identity` is what `authenticate` made of it."""

    def __init__(
        self,
        identity: Identity,
        bind: Bind,
        session: Session[K, Asked, Delivered],
        bound_at: float,
    ) -> None:
        self.identity = identity
        self.bind_type = bind.bind_type
        self.system_id = bind.system_id
        self.system_type = bind.system_type
        self.interface_version = bind.interface_version
        self.peer = session.connection.peer
        self.bound_at = bound_at  # by the server's clock
        self._session = session

    @property
    def open(self) -> bool:
        """Whether anything can still be written."""
        return self._session.connection.open

    @property
    def capacity(self) -> int:
        """How many messages may be delivered now; 0 to a transmitter or one that reads slowly."""
        return self._session.capacity

    @property
    def window_in_use(self) -> int:
        """How many delivered messages are unanswered."""
        return len(self._session.window)

    def deliver(self, batch: Sequence[tuple[K, DeliverSm | DataSm]]) -> int:
        """Write the first of the batch in one write, as many as `capacity` lets; say how many.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self._session.request(batch)

    def answer(self, responses: Sequence[Pdu]) -> bool:
        """Answer what was submitted; say whether the session still stood.

        Raises:
            ValueError: a field of one does not fit the wire; nothing was written.
        """
        return self._session.answer(responses)

    def send(self, pdus: Sequence[Pdu]) -> None:
        """Write PDUs as they are, outside the window. For a simulator's unruly peers."""
        self._session.connection.send(pdus)

    def write(self, octets: bytes) -> None:
        """Write octets as they are. For a simulator's unruly peers."""
        self._session.connection.write(octets)

    def unbind(self) -> None:
        """Ask the ESME to leave."""
        self._session.unbind()

    def close(self, reason: str) -> None:
        """Write what is left and close."""
        self._session.close(reason)

    def abort(self, reason: str) -> None:
        """Close at once."""
        self._session.abort(reason)
