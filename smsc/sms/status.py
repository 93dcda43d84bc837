"""Message statuses and who may follow whom; a remote's message_state and what it makes of them."""

from enum import IntEnum, StrEnum
from typing import Final

from smsc.sms.receipt_errors import (
    FILTERED,
    STANDARD,
    UNKNOWN_ERROR,
    UNREACHABLE,
    ReceiptErrors,
    of_map,
)


class MessageStatus(StrEnum):
    """The status of a message, in Twilio's words.

    Source: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
    """

    ACCEPTED = "accepted"  # a messaging service has not chosen the sender yet
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"  # the remote has answered every segment with OK
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"  # the remote has taken no segment
    CANCELED = "canceled"
    RECEIVING = "receiving"
    RECEIVED = "received"


FINAL: Final = frozenset(
    {
        MessageStatus.DELIVERED,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
        MessageStatus.CANCELED,
        MessageStatus.RECEIVED,
    }
)

# `sending` may be passed over: a batch can record the claim and the answer at once. A message of
# several segments becomes `undelivered` without having been `sent` when the remote takes some of
# them and refuses others. A receipt that overtakes the response makes `sent` first.
_PREDECESSORS: Final[dict[MessageStatus, frozenset[MessageStatus]]] = {
    MessageStatus.ACCEPTED: frozenset({MessageStatus.SCHEDULED}),
    MessageStatus.SCHEDULED: frozenset(),
    MessageStatus.QUEUED: frozenset({MessageStatus.SCHEDULED, MessageStatus.ACCEPTED}),
    MessageStatus.SENDING: frozenset({MessageStatus.QUEUED}),
    MessageStatus.SENT: frozenset({MessageStatus.QUEUED, MessageStatus.SENDING}),
    MessageStatus.DELIVERED: frozenset({MessageStatus.SENT}),
    MessageStatus.UNDELIVERED: frozenset(
        {MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT}
    ),
    MessageStatus.FAILED: frozenset(
        {
            MessageStatus.SCHEDULED,
            MessageStatus.ACCEPTED,
            MessageStatus.QUEUED,
            MessageStatus.SENDING,
        }
    ),
    # What still waits whole can be taken back, by cancel_sm too (SMPP 3.4 §4.9)
    MessageStatus.CANCELED: frozenset(
        {MessageStatus.SCHEDULED, MessageStatus.ACCEPTED, MessageStatus.QUEUED}
    ),
    MessageStatus.RECEIVING: frozenset(),
    MessageStatus.RECEIVED: frozenset({MessageStatus.RECEIVING}),
}


def predecessors(to: MessageStatus) -> frozenset[MessageStatus]:
    """Return the statuses from which a message may move to `to`; none of them is final."""
    return _PREDECESSORS[to]


class MessageState(IntEnum):
    """What a remote says of a segment.

    Source: SMPP 3.4 §5.2.28; SMPP 5.0 §4.7.15 for SCHEDULED and SKIPPED.
    """

    UNRECOGNISED = -1  # no octet of the wire: a word that no table knows, which decides nothing
    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9

    @property
    def final(self) -> bool:
        """Whether no other receipt is expected after this one."""
        return self not in _UNDECIDED


_UNDECIDED: Final = frozenset(
    {
        MessageState.UNRECOGNISED,
        MessageState.SCHEDULED,
        MessageState.ENROUTE,
        MessageState.ACCEPTED,
    }
)

# Of UNDELIVERABLE the `err` says why.
_UNDELIVERED_CODES: Final = {
    MessageState.EXPIRED: UNREACHABLE,  # tried until the validity period ran out
    MessageState.DELETED: UNKNOWN_ERROR,
    MessageState.UNKNOWN: UNKNOWN_ERROR,
    MessageState.REJECTED: FILTERED,
    MessageState.SKIPPED: UNKNOWN_ERROR,
}


def outcome(
    state: MessageState, error_code: str | None, errors: ReceiptErrors = STANDARD
) -> tuple[MessageStatus | None, int | None]:
    """Say what a receipt's state makes of a segment, and Twilio's error code if it failed.

    (None, None) when the state decides nothing. `error_code` is the receipt's `err`, as it came;
    `errors` is what the connector's owner says of it.
    """
    if not state.final:
        return None, None
    if state is MessageState.DELIVERED:
        return MessageStatus.DELIVERED, None
    code = errors.code(error_code)
    if code is None:
        code = _UNDELIVERED_CODES.get(state) or of_map(error_code)
    return MessageStatus.UNDELIVERED, code
