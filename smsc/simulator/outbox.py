"""What waits for an ESME: `deliver_sm`s kept until one of its receivers answers them OK."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from smsc.smpp.pdu import CommandStatus, DataSm, DeliverSm
from smsc.smpp.server import ServerSession

log = structlog.get_logger()

# Tries of one deliver_sm before it is given up; one SMSC in the field makes 130.
_MOST_TRIES: Final = 130

# The ESME will never take it (SMPP 3.4 §5.1.3): no use in repeating.
_FOR_EVER: Final = frozenset({CommandStatus.ESME_RX_P_APPN, CommandStatus.ESME_RX_R_APPN})


@dataclass(slots=True, eq=False)
class Delivery:
    """One `deliver_sm` until it is settled: answered OK, refused for good, or given up."""

    pdu: DeliverSm | DataSm
    settled: Callable[[int], None] | None = None  # told the last command_status
    tries: int = 0


Session = ServerSession[str, Delivery]


class Outbox:
    """The deliveries of one system_id, in order, over whichever of its receivers has room."""

    def __init__(self, most_waiting: int) -> None:
        self.sessions: list[Session] = []  # bound as receiver or transceiver
        self._most_waiting = most_waiting
        self._waiting: deque[Delivery] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, deliveries: Sequence[Delivery]) -> int:
        """Take as many as there is room for and send what can be sent; say how many were taken."""
        taken = min(len(deliveries), self._most_waiting - len(self._waiting))
        self._waiting.extend(deliveries[: max(0, taken)])
        self.flush()
        return max(0, taken)

    def put_back(self, deliveries: Sequence[Delivery]) -> None:
        """Take what was sent and not settled; it goes before all others."""
        self._waiting.extendleft(reversed(deliveries))
        self.flush()

    def take_over(self, other: "Outbox") -> None:
        """Take all that waits in `other`."""
        self._waiting.extend(other._waiting)  # noqa: SLF001 of the same class
        other._waiting.clear()  # noqa: SLF001

    def flush(self) -> None:
        """Send what the windows of the sessions let."""
        for session in self.sessions:
            while self._waiting and (room := session.capacity):
                batch = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
                self._send(session, batch)
        if len(self.sessions) > 1:
            self.sessions.append(self.sessions.pop(0))

    @staticmethod
    def is_settled(delivery: Delivery, command_status: int) -> bool:
        """Say whether the response ends a delivery; if not, it is to be repeated."""
        return (
            command_status == CommandStatus.ESME_ROK
            or command_status in _FOR_EVER
            or delivery.tries >= _MOST_TRIES
        )

    @staticmethod
    def _send(session: Session, batch: list[Delivery]) -> None:
        for delivery in batch:
            delivery.tries += 1
        try:
            session.deliver([(delivery, delivery.pdu) for delivery in batch])
        except ValueError as fault:
            # Its receipt would carry an address that an ESME made longer than the wire allows.
            if len(batch) == 1:
                log.warning("delivery.impossible", why=str(fault))
                if batch[0].settled is not None:
                    batch[0].settled(CommandStatus.ESME_RX_P_APPN)
                return
            for delivery in batch:
                delivery.tries -= 1
                Outbox._send(session, [delivery])
