"""What is owed to an ESME, a receipt or an inbound message, as its `deliver_sm`s."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc.messaging.esmes.submitted_as import SubmittedAs
from smsc.smpp.pdu import DeliverSm, EsmClass, Tag
from smsc.sms import segments
from smsc.sms.address import SmppAddress, as_smpp
from smsc.sms.receipt_template import USUAL, ReceiptFacts, ReceiptTemplate
from smsc.sms.recoding import split_data
from smsc.sms.status import MessageState, MessageStatus

GSM_NETWORK: Final = 3  # network_error_code, SMPP 3.4 §5.3.2.31

_STATES: Final = {
    MessageStatus.SENT: MessageState.ENROUTE,
    MessageStatus.DELIVERED: MessageState.DELIVERED,
    MessageStatus.UNDELIVERED: MessageState.UNDELIVERABLE,
    MessageStatus.FAILED: MessageState.REJECTED,
    MessageStatus.CANCELED: MessageState.DELETED,
}
# What a remote's receipt said is more exact than `undelivered`.
_TOLD: Final = frozenset(
    {
        MessageState.EXPIRED,
        MessageState.DELETED,
        MessageState.UNDELIVERABLE,
        MessageState.REJECTED,
        MessageState.SKIPPED,
    }
)
_ON_THE_WAY: Final = frozenset({MessageState.SCHEDULED, MessageState.ACCEPTED})
EXPIRED_WITH_US: Final = 30036


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one session's ESME wants what is delivered to it.

    `most_parts`: what its window holds. An ESME that bound as older than 3.4 knows no TLVs.
    """

    most_parts: int
    template: ReceiptTemplate = USUAL
    has_tlvs: bool = True


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed row: one receipt, or one inbound message."""

    id: int
    smpp_credential_sid: str
    message_sid: str
    kind: str
    status: str
    error_code: int | None
    to: str
    from_: str
    body: str
    created_at: datetime
    updated_at: datetime
    submitted_as: str | None = None
    # message_state of the segment that went wrong, if its receipt said it; or on the way
    state: int | None = None
    receipt_error: str | None = None  # and its `err`, as it came
    data: bytes | None = None  # of an inbound message that is an application's, and no text
    data_coding: int = 0  # of `data`
    data_has_udh: bool = False

    def to_pdus(self, dialect: Dialect) -> list[DeliverSm]:
        """Return its `deliver_sm`s: one for a receipt, one a part for a message.

        A message of more parts than would ever fit the window goes as one, in a message_payload
        (SMPP 3.4 §5.3.2.32).

        Raises:
            ValueError: an address or the text does not fit a `deliver_sm`.
        """
        if self.kind == "receipt":
            return [self._receipt(dialect)]
        if self.data is not None:
            return [self._part(part) for part in self._data_parts(self.data)]
        if segments.plan(self.body).count > min(dialect.most_parts, segments.MAX_SEGMENTS):
            return [self._whole()]
        parts = segments.split(self.body, self._reference)
        return [self._part(part) for part in parts]

    @property
    def _reference(self) -> int:
        return int(self.message_sid[-2:], 16)

    def _data_parts(self, data: bytes) -> list[segments.Segment]:
        return split_data(
            data,
            has_udh=self.data_has_udh,
            data_coding=self.data_coding,
            reference=self._reference,
        )

    def message_state(self) -> MessageState:
        """Return what a receipt of it says, or the answer to a query."""
        return message_state(self.status, self.error_code, self.state)

    def _receipt(self, dialect: Dialect) -> DeliverSm:
        state = self.message_state()
        written = SubmittedAs.read(self.submitted_as, self.from_, self.to)
        message_id = written.message_id or self.message_sid
        facts = ReceiptFacts(
            message_id, state, self.created_at, self.updated_at, self.error_code or 0, self.body
        )
        tlvs: dict[int, bytes] = {}
        if dialect.has_tlvs:
            tlvs[Tag.RECEIPTED_MESSAGE_ID] = message_id.encode() + b"\0"
            tlvs[Tag.MESSAGE_STATE] = bytes([state])
            if self.error_code:
                tlvs[Tag.NETWORK_ERROR_CODE] = self._network_error_code(self.error_code)
        return _deliver(
            source=written.destination,
            destination=written.source,
            service_type=written.service_type,
            esm_class=EsmClass.RECEIPT if state.final else EsmClass.INTERMEDIATE,
            short_message=dialect.template.render(facts),
            tlvs=tlvs,
        )

    def _network_error_code(self, error_code: int) -> bytes:
        """Return the network's own number where its receipt told one; else that of `err`."""
        told = self.receipt_error or ""
        code = int(told) if told.isascii() and told.isdecimal() and len(told) <= 4 else 0
        return bytes([GSM_NETWORK]) + (code or error_code % 1000).to_bytes(2)

    def _part(self, part: segments.Segment) -> DeliverSm:
        return _deliver(
            source=as_smpp(self.from_),
            destination=as_smpp(self.to),
            esm_class=EsmClass.UDH_INDICATOR if part.has_udh else 0,
            short_message=part.user_data,
            data_coding=part.data_coding,
        )

    def _whole(self) -> DeliverSm:
        return _deliver(
            source=as_smpp(self.from_),
            destination=as_smpp(self.to),
            data_coding=segments.DataCoding.UCS2,
            tlvs={Tag.MESSAGE_PAYLOAD: segments.encode_ucs2(self.body)},
        )


def message_state(status: str, error_code: int | None, told: int | None) -> MessageState:
    """Return SMPP's state of a message; `told` is the state that a remote's receipt named."""
    state = _STATES.get(MessageStatus(status), MessageState.ENROUTE)
    if state in {MessageState.UNDELIVERABLE, MessageState.REJECTED}:
        if error_code == EXPIRED_WITH_US:
            return MessageState.EXPIRED
        if told in _TOLD:
            return MessageState(told)
    if state is MessageState.ENROUTE and told in _ON_THE_WAY:
        return MessageState(told)
    return state


def _deliver(
    *,
    source: SmppAddress,
    destination: SmppAddress,
    service_type: str = "",
    esm_class: int = 0,
    short_message: bytes = b"",
    data_coding: int = 0,
    tlvs: Mapping[int, bytes] | None = None,
) -> DeliverSm:
    return DeliverSm(
        service_type=service_type,
        source_addr=source.addr,
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        destination_addr=destination.addr,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        esm_class=esm_class,
        data_coding=data_coding,
        short_message=short_message,
        tlvs=tlvs or {},
    )
