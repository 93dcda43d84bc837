"""The operations on a message that was submitted before, and `alert_notification`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from smsc.smpp.pdu.codes import CommandId, Tag
from smsc.smpp.pdu.operations import Pdu, Tlvs
from smsc.smpp.pdu.wire import BodyReader, read_legible_string, refuse_nul, write_tlvs


@dataclass(slots=True)
class QuerySm(Pdu):
    """What became of a message? (SMPP 3.4 §4.8.1)."""

    command_id: ClassVar[int] = CommandId.QUERY_SM

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


@dataclass(slots=True)
class QuerySmResp(Pdu):
    """Its state, and since when that is final (SMPP 3.4 §4.8.2)."""

    command_id: ClassVar[int] = CommandId.QUERY_SM_RESP

    message_id: str = ""
    final_date: str = ""  # absolute, SMPP 3.4 §7.1.1; empty before a final state
    message_state: int = 0
    error_code: int = 0


@dataclass(slots=True)
class CancelSm(Pdu):
    """Take one message back, or all between two addresses (SMPP 3.4 §4.9.1)."""

    command_id: ClassVar[int] = CommandId.CANCEL_SM

    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


@dataclass(slots=True)
class CancelSmResp(Pdu):
    """SMPP 3.4 §4.9.2."""

    command_id: ClassVar[int] = CommandId.CANCEL_SM_RESP


@dataclass(slots=True)
class ReplaceSm(Pdu):
    """Put another text and other times in the place of a message's (SMPP 3.4 §4.10.1).

    `tlvs` can hold a message_payload (SMPP 5.0 §4.5.3.1).
    """

    command_id: ClassVar[int] = CommandId.REPLACE_SM

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def message_octets(self) -> bytes:
        """Return the message from `short_message` or else `message_payload`."""
        return self.short_message or self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")


@dataclass(slots=True)
class ReplaceSmResp(Pdu):
    """SMPP 3.4 §4.10.2."""

    command_id: ClassVar[int] = CommandId.REPLACE_SM_RESP


@dataclass(slots=True)
class AlertNotification(Pdu):
    """A handset can be reached again; there is no response (SMPP 3.4 §4.12.1)."""

    command_id: ClassVar[int] = CommandId.ALERT_NOTIFICATION

    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""
    tlvs: Tlvs = field(default_factory=dict)


def _read_query_sm(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    body = BodyReader(frame)
    return QuerySm(sequence_number, command_status, body.string(), *body.address())


def _read_query_sm_resp(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    message_id, start = read_legible_string(frame)
    body = BodyReader(frame)
    body.at = start
    try:
        rest = (body.string(), body.octet(), body.octet())
    except (ValueError, IndexError):  # an error has no body; of others what is legible counts
        rest = ("", 0, 0)
    return QuerySmResp(sequence_number, command_status, message_id, *rest)


def _read_cancel_sm(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    body = BodyReader(frame)
    service_type, message_id = body.string(), body.string()
    return CancelSm(
        sequence_number, command_status, service_type, message_id, *body.address(), *body.address()
    )


def _read_replace_sm(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    body = BodyReader(frame)
    message_id = body.string()
    source = body.address()
    schedule_delivery_time, validity_period = body.string(), body.string()
    registered_delivery, sm_default_msg_id = body.octet(), body.octet()
    return ReplaceSm(
        sequence_number,
        command_status,
        message_id,
        *source,
        schedule_delivery_time,
        validity_period,
        registered_delivery,
        sm_default_msg_id,
        body.short_message(),
        body.tlvs(),
    )


def _read_alert_notification(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    body = BodyReader(frame)
    source, esme = body.address(), body.address()
    return AlertNotification(sequence_number, command_status, *source, *esme, body.tlvs())


_Bodiless = type[CancelSmResp] | type[ReplaceSmResp]


def _bodiless_reader(shape: _Bodiless) -> Callable[[bytes, int, int], Pdu]:
    def read(_frame: bytes, sequence_number: int, command_status: int) -> Pdu:
        return shape(sequence_number, command_status)

    return read


READERS: dict[int, Callable[[bytes, int, int], Pdu]] = {
    CommandId.QUERY_SM: _read_query_sm,
    CommandId.QUERY_SM_RESP: _read_query_sm_resp,
    CommandId.CANCEL_SM: _read_cancel_sm,
    CommandId.CANCEL_SM_RESP: _bodiless_reader(CancelSmResp),
    CommandId.REPLACE_SM: _read_replace_sm,
    CommandId.REPLACE_SM_RESP: _bodiless_reader(ReplaceSmResp),
    CommandId.ALERT_NOTIFICATION: _read_alert_notification,
}

Ancillary = (
    QuerySm | QuerySmResp | CancelSm | CancelSmResp | ReplaceSm | ReplaceSmResp | AlertNotification
)


def write(pdu: Ancillary) -> bytes:
    """Write the body.

    Raises:
        ValueError, OverflowError: a field does not fit its place on the wire.
    """
    match pdu:
        case QuerySm():
            refuse_nul(pdu.message_id, pdu.source_addr)
            text = f"{pdu.message_id}\0{_source(pdu)}"
        case QuerySmResp():
            if pdu.command_status and pdu == QuerySmResp(pdu.sequence_number, pdu.command_status):
                return b""  # SMPP 3.4 §4.8.2: an error has no body
            refuse_nul(pdu.message_id, pdu.final_date)
            text = f"{pdu.message_id}\0{pdu.final_date}\0{pdu.message_state:c}{pdu.error_code:c}"
        case CancelSm():
            refuse_nul(pdu.service_type, pdu.message_id, pdu.source_addr, pdu.destination_addr)
            text = (
                f"{pdu.service_type}\0{pdu.message_id}\0{_source(pdu)}"
                f"{pdu.dest_addr_ton:c}{pdu.dest_addr_npi:c}{pdu.destination_addr}\0"
            )
        case ReplaceSm():
            return _replace_sm(pdu)
        case AlertNotification():
            refuse_nul(pdu.source_addr, pdu.esme_addr)
            text = f"{_source(pdu)}{pdu.esme_addr_ton:c}{pdu.esme_addr_npi:c}{pdu.esme_addr}\0"
            return text.encode("latin-1") + write_tlvs(pdu.tlvs)
        case CancelSmResp() | ReplaceSmResp():
            return b""
    return text.encode("latin-1")


def _replace_sm(pdu: ReplaceSm) -> bytes:
    refuse_nul(pdu.message_id, pdu.source_addr, pdu.schedule_delivery_time, pdu.validity_period)
    text = (
        f"{pdu.message_id}\0{_source(pdu)}{pdu.schedule_delivery_time}\0{pdu.validity_period}\0"
        f"{pdu.registered_delivery:c}{pdu.sm_default_msg_id:c}{len(pdu.short_message):c}"
    )
    return text.encode("latin-1") + pdu.short_message + write_tlvs(pdu.tlvs)


def _source(pdu: QuerySm | CancelSm | ReplaceSm | AlertNotification) -> str:
    return f"{pdu.source_addr_ton:c}{pdu.source_addr_npi:c}{pdu.source_addr}\0"
