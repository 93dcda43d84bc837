"""How ESMEs are told of what the accept path refuses."""

from dataclasses import dataclass
from typing import Final

from smsc.errors import (
    BodyRequired,
    BodyTooLong,
    DestinationRequired,
    GatewayError,
    InvalidDestination,
    InvalidSender,
    NoRoute,
    QueueFull,
    SameAddress,
    SenderNotOwned,
    SenderRequired,
    ServiceUnavailable,
)
from smsc.errors.messages import InvalidValidity, RegionNotEnabled
from smsc.errors.services import OptedOut, SendAtOutOfRange, TooManyScheduled
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.esmes.submit_times import Unacceptable
from smsc.smpp.pdu import CommandStatus


@dataclass(frozen=True, slots=True)
class Replaced:
    """A message that took the place of one that still waited, under that one's message_id."""

    message_id: str


Outcome = Accepted | Replaced | GatewayError

_STATUSES: Final[dict[type[GatewayError], CommandStatus]] = {
    DestinationRequired: CommandStatus.ESME_RINVDSTADR,
    InvalidDestination: CommandStatus.ESME_RINVDSTADR,
    NoRoute: CommandStatus.ESME_RINVDSTADR,
    SameAddress: CommandStatus.ESME_RINVDSTADR,
    InvalidSender: CommandStatus.ESME_RINVSRCADR,
    SenderNotOwned: CommandStatus.ESME_RINVSRCADR,
    SenderRequired: CommandStatus.ESME_RINVSRCADR,
    BodyRequired: CommandStatus.ESME_RINVMSGLEN,
    BodyTooLong: CommandStatus.ESME_RINVMSGLEN,
    OptedOut: CommandStatus.ESME_RINVDSTADR,
    RegionNotEnabled: CommandStatus.ESME_RINVDSTADR,
    InvalidValidity: CommandStatus.ESME_RINVEXPIRY,
    SendAtOutOfRange: CommandStatus.ESME_RINVSCHED,
    TooManyScheduled: CommandStatus.ESME_RINVSCHED,
    QueueFull: CommandStatus.ESME_RMSGQFUL,
    ServiceUnavailable: CommandStatus.ESME_RSYSERR,
}


def command_status(refusal: GatewayError) -> CommandStatus:
    """Return what tells an ESME of a refusal."""
    if isinstance(refusal, Unacceptable):
        return refusal.command_status
    return _STATUSES.get(type(refusal), CommandStatus.ESME_RSUBMITFAIL)
