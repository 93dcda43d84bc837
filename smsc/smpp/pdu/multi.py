"""`submit_multi`: one message to many destinations, its fields, reader and writer."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from smsc.smpp.pdu.codes import CommandId, CommandStatus, EsmClass, Tag
from smsc.smpp.pdu.operations import Pdu, Tlvs, read_sar
from smsc.smpp.pdu.wire import (
    BodyReader,
    MalformedPdu,
    read_legible_string,
    read_legible_tlvs,
    refuse_nul,
    write_tlvs,
)

MOST_DESTINATIONS = 254  # SMPP 3.4 §5.2.24

_SME_ADDRESS = 1  # dest_flag, SMPP 3.4 §5.2.25
_DISTRIBUTION_LIST = 2
_STATUS = struct.Struct(">I")


@dataclass(slots=True)
class SmeAddress:
    """One address among the destinations (SMPP 3.4 §4.5.1.1)."""

    ton: int = 0
    npi: int = 0
    addr: str = ""


@dataclass(slots=True)
class DistributionList:
    """The name of a list that the SMSC keeps, among the destinations (SMPP 3.4 §4.5.1.2)."""

    name: str = ""


Destination = SmeAddress | DistributionList


@dataclass(slots=True)
class Unsuccess:
    """A destination that was refused, and why (SMPP 3.4 §4.5.2.1)."""

    ton: int = 0
    npi: int = 0
    addr: str = ""
    command_status: int = 0


@dataclass(slots=True)
class SubmitMulti(Pdu):
    """A short message to several destinations (SMPP 3.4 §4.5.1)."""

    command_id: ClassVar[int] = CommandId.SUBMIT_MULTI

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    destinations: tuple[Destination, ...] = ()
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
class SubmitMultiResp(Pdu):
    """The answer, with the destinations that were refused (SMPP 3.4 §4.5.2)."""

    command_id: ClassVar[int] = CommandId.SUBMIT_MULTI_RESP

    message_id: str = ""
    unsuccess: tuple[Unsuccess, ...] = ()
    tlvs: Tlvs = field(default_factory=dict)


def _read_destination(body: BodyReader, sequence_number: int) -> Destination:
    flag = body.octet()
    if flag == _SME_ADDRESS:
        return SmeAddress(*body.address())
    if flag == _DISTRIBUTION_LIST:
        return DistributionList(body.string())
    why = f"dest_flag {flag} is neither an address nor a list"
    raise MalformedPdu(
        CommandId.SUBMIT_MULTI, sequence_number, why, CommandStatus.ESME_RINVDESTFLAG
    )


def _read_submit_multi(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    body = BodyReader(frame)
    service_type = body.string()
    source = body.address()
    destinations = tuple(_read_destination(body, sequence_number) for _ in range(body.octet()))
    esm_class, protocol_id, priority_flag = body.octet(), body.octet(), body.octet()
    schedule_delivery_time, validity_period = body.string(), body.string()
    registered_delivery, replace_if_present_flag = body.octet(), body.octet()
    data_coding, sm_default_msg_id = body.octet(), body.octet()
    return SubmitMulti(
        sequence_number,
        command_status,
        service_type,
        *source,
        destinations,
        esm_class,
        protocol_id,
        priority_flag,
        schedule_delivery_time,
        validity_period,
        registered_delivery,
        replace_if_present_flag,
        data_coding,
        sm_default_msg_id,
        body.short_message(),
        body.tlvs(),
    )


def _read_submit_multi_resp(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
    message_id, start = read_legible_string(frame)
    body = BodyReader(frame)
    body.at = min(start, len(frame))
    unsuccess: list[Unsuccess] = []
    try:
        for _ in range(body.octet()):
            address = body.address()
            (status,) = _STATUS.unpack(body.octets(_STATUS.size))
            unsuccess.append(Unsuccess(*address, status))
    except (ValueError, IndexError):  # of a response what is legible counts
        body.at = len(frame)
    tlvs = read_legible_tlvs(frame, body.at)
    return SubmitMultiResp(sequence_number, command_status, message_id, tuple(unsuccess), tlvs)


def _write_destination(destination: Destination) -> bytes:
    if isinstance(destination, SmeAddress):
        refuse_nul(destination.addr)
        text = f"\x01{destination.ton:c}{destination.npi:c}{destination.addr}\0"
    else:
        refuse_nul(destination.name)
        text = f"\x02{destination.name}\0"
    return text.encode("latin-1")


def _write_submit_multi(pdu: SubmitMulti) -> bytes:
    refuse_nul(pdu.service_type, pdu.source_addr, pdu.schedule_delivery_time, pdu.validity_period)
    head = (
        f"{pdu.service_type}\0{pdu.source_addr_ton:c}{pdu.source_addr_npi:c}"
        f"{pdu.source_addr}\0{len(pdu.destinations):c}"
    ).encode("latin-1")
    fields = (
        f"{pdu.esm_class:c}{pdu.protocol_id:c}{pdu.priority_flag:c}"
        f"{pdu.schedule_delivery_time}\0{pdu.validity_period}\0{pdu.registered_delivery:c}"
        f"{pdu.replace_if_present_flag:c}{pdu.data_coding:c}{pdu.sm_default_msg_id:c}"
        f"{len(pdu.short_message):c}"
    ).encode("latin-1")
    destinations = b"".join(_write_destination(one) for one in pdu.destinations)
    return head + destinations + fields + pdu.short_message + write_tlvs(pdu.tlvs)


def _write_submit_multi_resp(pdu: SubmitMultiResp) -> bytes:
    if pdu.command_status and not (pdu.message_id or pdu.unsuccess or pdu.tlvs):
        return b""
    refuse_nul(pdu.message_id, *(one.addr for one in pdu.unsuccess))
    body = f"{pdu.message_id}\0{len(pdu.unsuccess):c}".encode("latin-1")
    for one in pdu.unsuccess:
        body += f"{one.ton:c}{one.npi:c}{one.addr}\0".encode("latin-1")
        body += _STATUS.pack(one.command_status)
    return body + write_tlvs(pdu.tlvs)


READERS: dict[int, Callable[[bytes, int, int], Pdu]] = {
    CommandId.SUBMIT_MULTI: _read_submit_multi,
    CommandId.SUBMIT_MULTI_RESP: _read_submit_multi_resp,
}


def write(pdu: SubmitMulti | SubmitMultiResp) -> bytes:
    """Write the body.

    Raises:
        ValueError, struct.error: a field does not fit its place on the wire.
    """
    if isinstance(pdu, SubmitMulti):
        return _write_submit_multi(pdu)
    return _write_submit_multi_resp(pdu)
