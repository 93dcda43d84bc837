"""PDUs -> octets."""

import struct
from functools import lru_cache

from smsc.smpp.pdu import ancillary, multi
from smsc.smpp.pdu.operations import (
    Bind,
    BindResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    Unknown,
)
from smsc.smpp.pdu.wire import HEADER_OCTETS, refuse_nul, write_tlvs

_HEADER = struct.Struct(">4I")

_Message = SubmitSm | DeliverSm
_MessageResp = SubmitSmResp | DeliverSmResp | DataSmResp
# Tuples, since isinstance is slow on a union; the commonest first.
_MESSAGES = (SubmitSm, DeliverSm)
_MESSAGE_RESPS = (SubmitSmResp, DeliverSmResp, DataSmResp)
_BODILESS = (Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack)


def encode(pdu: Pdu, sequence_number: int | None = None) -> bytes:
    """Write one PDU, header included; `sequence_number` stands in for the PDU's own.

    Raises:
        ValueError: a field does not fit its place on the wire. The caller's bug.
    """
    try:
        if isinstance(pdu, _MESSAGES):
            command_id, body = pdu.command_id, _short_message(pdu)
        elif isinstance(pdu, _MESSAGE_RESPS):
            command_id, body = pdu.command_id, _message_resp(pdu)
        else:
            command_id, body = _rarer(pdu)
        header = _HEADER.pack(
            HEADER_OCTETS + len(body),
            command_id,
            pdu.command_status,
            pdu.sequence_number if sequence_number is None else sequence_number,
        )
    except (struct.error, OverflowError) as fault:
        raise ValueError(f"{type(pdu).__name__} does not fit the wire: {fault}") from None
    return header + body


def _short_message(pdu: _Message) -> bytes:
    destination_addr, short_message = pdu.destination_addr, pdu.short_message
    refuse_nul(destination_addr)
    head = _head(pdu.service_type, pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr)
    before = pdu.esm_class, pdu.protocol_id, pdu.priority_flag
    after = (
        pdu.registered_delivery,
        pdu.replace_if_present_flag,
        pdu.data_coding,
        pdu.sm_default_msg_id,
    )
    tail = _tail(before, pdu.schedule_delivery_time, pdu.validity_period, after)
    # One string, encoded once, is the cheapest way; a number over 255 fails in Latin-1.
    fields = (
        f"{head}{pdu.dest_addr_ton:c}{pdu.dest_addr_npi:c}{destination_addr}\0"
        f"{tail}{len(short_message):c}"
    ).encode("latin-1")
    return fields + short_message + write_tlvs(pdu.tlvs) if pdu.tlvs else fields + short_message


# Of what one sender sends to many, all but recipient and text is the same.
@lru_cache(maxsize=1024)
def _head(service_type: str, ton: int, npi: int, source_addr: str) -> str:
    refuse_nul(service_type, source_addr)
    return f"{service_type}\0{ton:c}{npi:c}{source_addr}\0"


@lru_cache(maxsize=1024)
def _tail(
    before: tuple[int, ...],
    schedule_delivery_time: str,
    validity_period: str,
    after: tuple[int, ...],
) -> str:
    """Write the fields between the recipient and the text's length; numbers before the times."""
    refuse_nul(schedule_delivery_time, validity_period)
    times = f"{schedule_delivery_time}\0{validity_period}\0"
    return "".join([*map(chr, before), times, *map(chr, after)])


def _message_resp(pdu: _MessageResp) -> bytes:
    if pdu.command_status and not pdu.message_id and not pdu.tlvs:
        return b""  # SMPP 3.4 §4.4.2: an error has no body
    refuse_nul(pdu.message_id)
    message_id = f"{pdu.message_id}\0".encode("latin-1") if pdu.message_id else b"\0"
    return message_id + write_tlvs(pdu.tlvs) if pdu.tlvs else message_id


def _rarer(pdu: Pdu) -> tuple[int, bytes]:
    if isinstance(pdu, _BODILESS):
        return pdu.command_id, b""
    if isinstance(pdu, DataSm):
        return pdu.command_id, _data_sm(pdu)
    if isinstance(pdu, Bind):
        return pdu.command_id, _bind(pdu)
    if isinstance(pdu, BindResp):
        return pdu.command_id, _bind_resp(pdu)
    if isinstance(pdu, Outbind):
        refuse_nul(pdu.system_id, pdu.password)
        return pdu.command_id, f"{pdu.system_id}\0{pdu.password}\0".encode("latin-1")
    if isinstance(pdu, Unknown):
        return pdu.command_id, pdu.body
    if isinstance(pdu, multi.SubmitMulti | multi.SubmitMultiResp):
        return pdu.command_id, multi.write(pdu)
    if isinstance(pdu, ancillary.Ancillary):
        return pdu.command_id, ancillary.write(pdu)
    raise ValueError(f"{type(pdu).__name__} is no PDU of ours")


def _data_sm(pdu: DataSm) -> bytes:
    refuse_nul(pdu.service_type, pdu.source_addr, pdu.destination_addr)
    fields = (
        f"{pdu.service_type}\0{pdu.source_addr_ton:c}{pdu.source_addr_npi:c}"
        f"{pdu.source_addr}\0{pdu.dest_addr_ton:c}{pdu.dest_addr_npi:c}"
        f"{pdu.destination_addr}\0{pdu.esm_class:c}{pdu.registered_delivery:c}"
        f"{pdu.data_coding:c}"
    ).encode("latin-1")
    return fields + write_tlvs(pdu.tlvs)


def _bind(pdu: Bind) -> bytes:
    refuse_nul(pdu.system_id, pdu.password, pdu.system_type, pdu.address_range)
    return (
        f"{pdu.system_id}\0{pdu.password}\0{pdu.system_type}\0{pdu.interface_version:c}"
        f"{pdu.addr_ton:c}{pdu.addr_npi:c}{pdu.address_range}\0"
    ).encode("latin-1")


def _bind_resp(pdu: BindResp) -> bytes:
    if pdu.command_status and not pdu.system_id and not pdu.tlvs:
        return b""  # SMPP 3.4 §4.1.2: an error has no body
    refuse_nul(pdu.system_id)
    return f"{pdu.system_id}\0".encode("latin-1") + write_tlvs(pdu.tlvs)
