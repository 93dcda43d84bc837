"""Message statuses and who may follow whom; a remote's message_state and what it makes of them."""

from enum import IntEnum, StrEnum
from typing import Final


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
    MessageStatus.CANCELED: frozenset({MessageStatus.SCHEDULED}),
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

UNREACHABLE: Final = 30003
BLOCKED: Final = 30004
UNKNOWN_HANDSET: Final = 30005
FILTERED: Final = 30007
UNKNOWN_ERROR: Final = 30008

# Receipts have no standard for `err`. Many SMSCs pass on the MAP error of the failed delivery; a
# remote that means something else by these numbers needs a table of its own.
# Source: 3GPP TS 29.002 §17.6.6, §17.5.
_MAP_ERRORS: Final = {
    1: UNKNOWN_HANDSET,  # unknown subscriber
    5: UNKNOWN_HANDSET,  # unidentified subscriber
    6: UNREACHABLE,  # absent subscriber, short message
    9: BLOCKED,  # illegal subscriber
    11: BLOCKED,  # teleservice not provisioned
    12: BLOCKED,  # illegal equipment
    13: BLOCKED,  # call barred
    27: UNREACHABLE,  # absent subscriber
    31: UNREACHABLE,  # subscriber busy for a short message
}

_UNDELIVERED_CODES: Final = {
    MessageState.EXPIRED: UNREACHABLE,  # tried until the validity period ran out
    MessageState.DELETED: UNKNOWN_ERROR,
    MessageState.UNKNOWN: UNKNOWN_ERROR,
    MessageState.REJECTED: FILTERED,
    MessageState.SKIPPED: UNKNOWN_ERROR,
}


def outcome(state: MessageState, error_code: str | None) -> tuple[MessageStatus | None, int | None]:
    """Say what a receipt's state makes of a segment, and Twilio's error code if it failed.

    (None, None) when the state decides nothing. `error_code` is the receipt's `err`, as it came.
    """
    if not state.final:
        return None, None
    if state is MessageState.DELIVERED:
        return MessageStatus.DELIVERED, None
    if state is MessageState.UNDELIVERABLE:
        return MessageStatus.UNDELIVERED, _of_error_code(error_code)
    return MessageStatus.UNDELIVERED, _UNDELIVERED_CODES[state]


def _of_error_code(error_code: str | None) -> int:
    is_number = error_code is not None and error_code.isascii() and error_code.isdecimal()
    if error_code is None or not is_number or len(error_code) > 4:  # 0000 is the longest seen
        return UNKNOWN_ERROR
    return _MAP_ERRORS.get(int(error_code), UNKNOWN_ERROR)
