"""What was submitted to a SIM box: the latest of it, and totals of all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from smsc.smpp.pdu import DataSm, SubmitSm, status_name
from smsc.sms.status import MessageState


@dataclass(slots=True, eq=False)
class Submit:
    """One `submit_sm` or `data_sm`, as it came, and what has become of it. Times are epoch's."""

    pdu: SubmitSm | DataSm
    system_id: str
    at: float
    command_status: int
    number: int = 0  # which `message_id` spells
    message_id: str = ""  # "" when it was refused
    answered_at: float | None = None  # when the response was written
    is_reported: bool = False  # whether its receipts are planned
    state: MessageState | None = None  # of the last receipt that was made

    def as_json(self) -> dict[str, object]:
        """Return it for JSON; octets in hexadecimal, times in UTC."""
        pdu = self.pdu
        return {
            "system_id": self.system_id,
            "sequence_number": pdu.sequence_number,
            "command_status": status_name(self.command_status),
            "message_id": self.message_id or None,
            "source_addr": pdu.source_addr,
            "destination_addr": pdu.destination_addr,
            "esm_class": pdu.esm_class,
            "data_coding": pdu.data_coding,
            "registered_delivery": pdu.registered_delivery,
            "message_octets": pdu.message_octets.hex(),
            "submitted_at": _iso(self.at),
            "answered_at": None if self.answered_at is None else _iso(self.answered_at),
            "message_state": None if self.state is None else self.state.name,
        }


@dataclass(slots=True)
class Totals:
    """Counts since the box was made."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    throttled: int = 0
    swallowed: int = 0  # accepted, and the response held back
    receipts_made: int = 0
    receipts_dropped: int = 0  # no room left for those that wait
    messages_sent: int = 0  # segments from handsets
    deliveries_settled: int = 0  # deliver_sm answered OK, or refused for good
    deliveries_repeated: int = 0  # deliver_sm refused for now, or never answered


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
