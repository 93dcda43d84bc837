"""The PDUs as values, their fields in the order of the wire and under the specification's names.

Nobody changes one. They are not frozen: four are made a message, and to set each of twenty fields
past a guard takes three times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from smsc.smpp.pdu.codes import RESPONSE_BIT, BindType, CommandId, EsmClass, Tag

Tlvs = Mapping[int, bytes]


def read_sar(tlvs: Tlvs) -> tuple[int, int, int] | None:
    """Return the three sar_* values; None unless all are there, each of its length.

    Source: SMPP 3.4 §5.3.2.22-24.
    """
    reference = tlvs.get(Tag.SAR_MSG_REF_NUM, b"")
    total = tlvs.get(Tag.SAR_TOTAL_SEGMENTS, b"")
    number = tlvs.get(Tag.SAR_SEGMENT_SEQNUM, b"")
    if len(reference) != 2 or len(total) != 1 or len(number) != 1:
        return None
    return int.from_bytes(reference), total[0], number[0]


def write_sar(reference: int, total: int, number: int) -> dict[int, bytes]:
    """Return the three sar_* parameters; `reference` is taken modulo 65,536.

    Source: SMPP 3.4 §5.3.2.22-24.
    """
    return {
        Tag.SAR_MSG_REF_NUM: (reference % 0x10000).to_bytes(2),
        Tag.SAR_TOTAL_SEGMENTS: bytes([total]),
        Tag.SAR_SEGMENT_SEQNUM: bytes([number]),
    }


@dataclass(slots=True)
class Pdu:
    """What every PDU has. `command_status` is an int: vendors send numbers of their own."""

    sequence_number: int = 0
    command_status: int = 0


@dataclass(slots=True)
class ShortMessage(Pdu):
    """The layout that `submit_sm` and `deliver_sm` share.

    `short_message` holds at most 255 octets, UDH included. `tlvs` keeps the raw values by tag in
    the order read, unknown tags too; of a repeated tag the first value counts.

    Source: SMPP 3.4 §4.4.1, §4.6.1.
    """

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def message_octets(self) -> bytes:
        """Return the message, UDH included, from `short_message` or else `message_payload`."""
        return self.short_message or self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")

    @property
    def has_udh(self) -> bool:
        """Whether the message begins with a user data header."""
        return bool(self.esm_class & EsmClass.UDH_INDICATOR)

    @property
    def sar(self) -> tuple[int, int, int] | None:
        """Return (sar_msg_ref_num, sar_total_segments, sar_segment_seqnum), if all are there."""
        return read_sar(self.tlvs)


@dataclass(slots=True)
class SubmitSm(ShortMessage):
    """A short message from an ESME (SMPP 3.4 §4.4.1)."""

    command_id: ClassVar[int] = CommandId.SUBMIT_SM


@dataclass(slots=True)
class DeliverSm(ShortMessage):
    """A short message or receipt to an ESME (SMPP 3.4 §4.6.1)."""

    command_id: ClassVar[int] = CommandId.DELIVER_SM


@dataclass(slots=True)
class DataSm(Pdu):
    """A message whose body is always a TLV; it goes either way (SMPP 3.4 §4.7.1)."""

    command_id: ClassVar[int] = CommandId.DATA_SM

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def message_octets(self) -> bytes:
        """Return the message, UDH included."""
        return self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")

    @property
    def has_udh(self) -> bool:
        """Whether the message begins with a user data header."""
        return bool(self.esm_class & EsmClass.UDH_INDICATOR)

    @property
    def sar(self) -> tuple[int, int, int] | None:
        """Return (sar_msg_ref_num, sar_total_segments, sar_segment_seqnum), if all are there."""
        return read_sar(self.tlvs)


@dataclass(slots=True)
class MessageResp(Pdu):
    """The layout of the responses to the three message operations.

    `message_id` is empty where the peer sent none: with an error, in a `deliver_sm_resp`, or
    against the specification.
    """

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)


@dataclass(slots=True)
class SubmitSmResp(MessageResp):
    """SMPP 3.4 §4.4.2."""

    command_id: ClassVar[int] = CommandId.SUBMIT_SM_RESP


@dataclass(slots=True)
class DeliverSmResp(MessageResp):
    """SMPP 3.4 §4.6.2."""

    command_id: ClassVar[int] = CommandId.DELIVER_SM_RESP


@dataclass(slots=True)
class DataSmResp(MessageResp):
    """SMPP 3.4 §4.7.2."""

    command_id: ClassVar[int] = CommandId.DATA_SM_RESP


BIND_COMMANDS: dict[BindType, CommandId] = {
    BindType.TRANSCEIVER: CommandId.BIND_TRANSCEIVER,
    BindType.TRANSMITTER: CommandId.BIND_TRANSMITTER,
    BindType.RECEIVER: CommandId.BIND_RECEIVER,
}


@dataclass(slots=True)
class Bind(Pdu):
    """An ESME's request for a session, of any of the three kinds (SMPP 3.4 §4.1)."""

    bind_type: BindType = BindType.TRANSCEIVER
    system_id: str = ""
    password: str = field(default="", repr=False)
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    @property
    def command_id(self) -> int:
        """The operation that asks for this kind of session."""
        return BIND_COMMANDS[self.bind_type]


@dataclass(slots=True)
class BindResp(Pdu):
    """The answer to a `Bind` of the same kind (SMPP 3.4 §4.1)."""

    bind_type: BindType = BindType.TRANSCEIVER
    system_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def command_id(self) -> int:
        """The operation that answers this kind of bind."""
        return BIND_COMMANDS[self.bind_type] | RESPONSE_BIT


@dataclass(slots=True)
class Outbind(Pdu):
    """An SMSC's wish that we bind to it (SMPP 3.4 §4.1.7)."""

    command_id: ClassVar[int] = CommandId.OUTBIND

    system_id: str = ""
    password: str = field(default="", repr=False)


@dataclass(slots=True)
class Unbind(Pdu):
    """SMPP 3.4 §4.2.1."""

    command_id: ClassVar[int] = CommandId.UNBIND


@dataclass(slots=True)
class UnbindResp(Pdu):
    """SMPP 3.4 §4.2.2."""

    command_id: ClassVar[int] = CommandId.UNBIND_RESP


@dataclass(slots=True)
class EnquireLink(Pdu):
    """SMPP 3.4 §4.11.1."""

    command_id: ClassVar[int] = CommandId.ENQUIRE_LINK


@dataclass(slots=True)
class EnquireLinkResp(Pdu):
    """SMPP 3.4 §4.11.2."""

    command_id: ClassVar[int] = CommandId.ENQUIRE_LINK_RESP


@dataclass(slots=True)
class GenericNack(Pdu):
    """A refusal of a PDU as such; `sequence_number` is 0 where it was unreadable (§4.3.1)."""

    command_id: ClassVar[int] = CommandId.GENERIC_NACK


@dataclass(slots=True)
class Unknown(Pdu):
    """An operation that we do not take apart, kept as it came."""

    command_id: int = 0
    body: bytes = b""
