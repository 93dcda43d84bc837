"""What somebody asks us to send, and the message that was made of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from smsc.billing.ledger import Charge
from smsc.errors import GatewayError
from smsc.messaging.directory import AccountFacts
from smsc.messaging.guard.protection import Cap
from smsc.models import Direction, Lane
from smsc.sms.status import MessageStatus

LONGEST_VALIDITY: Final = timedelta(hours=10)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key of the customer's, and the SHA-256 of the request's body that it came with."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Callback:
    """A further URL that is told a message's statuses."""

    url: str
    method: str


class Draft(NamedTuple):
    """What somebody asks us to send, unchecked."""

    account: AccountFacts
    to: str | None
    from_: str | None
    body: str | None
    sid: str | None = None  # where it has to be known before; None: it gets one
    direction: Direction = Direction.OUTBOUND_API
    status_callback: str | None = None
    action: Callback | None = None  # of a TwiML reply, beside `status_callback`
    messaging_service_sid: str | None = None
    application_sid: str | None = None  # tells the statuses when `status_callback` is absent
    send_at: datetime | None = None  # a messaging service's; None: now
    validity: timedelta | None = None
    idempotency_key: IdempotencyKey | None = None
    lane: Lane = Lane.NORMAL
    smpp_credential_sid: str | None = None
    registered_delivery: int = 0  # the ESME's, SMPP 3.4 §5.2.17
    user_data: bytes | None = None  # an ESME's own segment, passed on as it is
    data_coding: int | None = None  # of `user_data`
    has_udh: bool = False
    submitted_as: str | None = None  # an ESME's own way to write the addresses
    flash: bool = False  # class 0: shown at once, kept nowhere
    # Look-alikes may be replaced, so that GSM 7-bit has them all; None: as the service says, or not
    smart_encoded: bool | None = None
    is_automatic: bool = False  # our answer to STOP, START or HELP: free, and always sent
    is_trusted: bool = False  # its sender vouches for it: nobody suspects it of pumping
    in_bulk: bool = False


@dataclass(slots=True, kw_only=True)
class Beside:
    """What the accept of one message writes beside it, in one transaction. Most have none."""

    expires_at: datetime | None = None
    send_at: datetime | None = None
    iso_country: str | None = None  # the recipient's, of what is scheduled
    makes_sticky: bool = False  # the recipient gets the service's next messages from this sender
    idempotency_key: IdempotencyKey | None = None
    charge: Charge | None = None
    caps: tuple[Cap, ...] = ()  # what it counts towards
    spend: Decimal = Decimal(0)  # by what it would be charged if it left now
    repeated: bool = False  # set by the write: another message has this key, so this is none
    refusal: GatewayError | None = None  # set by the write: why this is none


class Accepted(NamedTuple):
    """A message that is committed, as its creator sees it."""

    sid: str
    account_sid: str
    carrier_sid: str
    direction: Direction
    status: MessageStatus
    to: str
    from_: str
    body: str
    data_coding: int
    num_segments: int
    lane: Lane
    connector_sid: str
    smpp_credential_sid: str | None
    registered_delivery: int
    status_callback: str | None
    user_data: bytes | None
    has_udh: bool
    created_at: datetime
    num_submits: int | None = None  # if not as many
    text_style: str | None = None
    submitted_as: str | None = None
    messaging_service_sid: str | None = None
    validity_seconds: int | None = None
    action: Callback | None = None
    beside: Beside | None = None

    @property
    def told_status(self) -> MessageStatus:
        """The status that its creator is told.

        Through a messaging service that is `accepted`, as at Twilio, where the sender is chosen
        later; here it is chosen at once, and the next read says `queued`.
        """
        if self.status is MessageStatus.QUEUED and self.messaging_service_sid is not None:
            return MessageStatus.ACCEPTED
        return self.status
