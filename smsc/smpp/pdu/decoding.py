"""Octets -> PDUs: strict where it must be, lenient wherever a peer's slip does no harm."""

from collections.abc import Callable
from struct import Struct

from smsc.smpp.pdu.ancillary import READERS as ANCILLARY_READERS
from smsc.smpp.pdu.codes import RESPONSE_BIT, BindType, CommandId, CommandStatus
from smsc.smpp.pdu.multi import READERS as MULTI_READERS
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
from smsc.smpp.pdu.wire import (
    HEADER_OCTETS,
    MalformedPdu,
    read_legible_string,
    read_legible_tlvs,
    read_tlvs,
)

_HEADER = Struct(">4I")


def decode(frame: bytes | memoryview) -> Pdu:
    """Read one whole PDU, header included.

    Requests have to be sound, since their sender can be told. Of a response all that is legible
    is taken: its status stands in the header, nobody can be asked to repeat it, and to drop it
    would put a message in doubt. C-octet strings may be longer than the specification allows,
    and are read as Latin-1.

    Raises:
        MalformedPdu: the body contradicts itself, or the frame is not one PDU.
    """
    if type(frame) is not bytes:
        frame = bytes(frame)
    if len(frame) < HEADER_OCTETS:
        raise MalformedPdu(0, 0, f"{len(frame)} octets are no header")
    command_length, command_id, command_status, sequence_number = _HEADER.unpack_from(frame)
    if command_length != len(frame):
        why = f"command_length {command_length} in a frame of {len(frame)} octets"
        raise MalformedPdu(command_id, sequence_number, why)
    read = _READERS.get(command_id)
    if read is None:
        body = frame[HEADER_OCTETS:]
        return Unknown(sequence_number, command_status, command_id, body)
    try:
        return read(frame, sequence_number, command_status)
    except (ValueError, IndexError):  # a C-octet string without its NUL, a field beyond the end
        raise MalformedPdu(command_id, sequence_number, "the body ends too early") from None


_Message = SubmitSm | DeliverSm


def _message_reader(shape: type[SubmitSm] | type[DeliverSm]) -> Callable[[bytes, int, int], Pdu]:
    def read(frame: bytes, sequence_number: int, command_status: int) -> _Message:
        # One decode and slices of it cost less than a decode for each field.
        text = frame.decode("latin-1")
        find = text.index
        a = find("\0", 16)  # service_type ends
        b = find("\0", a + 3)  # source_addr ends
        c = find("\0", b + 3)  # destination_addr ends
        d = find("\0", c + 4)  # schedule_delivery_time ends
        e = find("\0", d + 1)  # validity_period ends
        start = e + 6
        stop = start + frame[e + 5]
        if stop > len(frame):
            why = f"sm_length {frame[e + 5]} with {len(frame) - start} octets left"
            status = CommandStatus.ESME_RINVMSGLEN
            raise MalformedPdu(shape.command_id, sequence_number, why, status)
        return shape(
            sequence_number,
            command_status,
            text[16:a],
            frame[a + 1],
            frame[a + 2],
            text[a + 3 : b],
            frame[b + 1],
            frame[b + 2],
            text[b + 3 : c],
            frame[c + 1],
            frame[c + 2],
            frame[c + 3],
            text[c + 4 : d],
            text[d + 1 : e],
            frame[e + 1],
            frame[e + 2],
            frame[e + 3],
            frame[e + 4],
            frame[start:stop],
            read_tlvs(frame, stop) if stop < len(frame) else {},
        )

    return read


def _read_data_sm(frame: bytes, sequence_number: int, command_status: int) -> DataSm:
    text = frame.decode("latin-1")
    a = text.index("\0", 16)
    b = text.index("\0", a + 3)
    c = text.index("\0", b + 3)
    return DataSm(
        sequence_number,
        command_status,
        text[16:a],
        frame[a + 1],
        frame[a + 2],
        text[a + 3 : b],
        frame[b + 1],
        frame[b + 2],
        text[b + 3 : c],
        frame[c + 1],
        frame[c + 2],
        frame[c + 3],
        read_tlvs(frame, c + 4),
    )


_MessageResp = type[SubmitSmResp] | type[DeliverSmResp] | type[DataSmResp]


def _response_reader(shape: _MessageResp) -> Callable[[bytes, int, int], Pdu]:
    def read(frame: bytes, sequence_number: int, command_status: int) -> Pdu:
        message_id, start = read_legible_string(frame)
        tlvs = read_legible_tlvs(frame, start) if start < len(frame) else {}
        return shape(sequence_number, command_status, message_id, tlvs)

    return read


def _bind_reader(bind_type: BindType) -> Callable[[bytes, int, int], Pdu]:
    def read(frame: bytes, sequence_number: int, command_status: int) -> Bind:
        text = frame.decode("latin-1")
        a = text.index("\0", 16)
        b = text.index("\0", a + 1)
        c = text.index("\0", b + 1)
        d = text.index("\0", c + 4)
        system_id, password, system_type = text[16:a], text[a + 1 : b], text[b + 1 : c]
        version, ton, npi = frame[c + 1 : c + 4]
        return Bind(
            sequence_number,
            command_status,
            bind_type,
            system_id,
            password,
            system_type,
            version,
            ton,
            npi,
            text[c + 4 : d],
        )

    return read


def _bind_resp_reader(bind_type: BindType) -> Callable[[bytes, int, int], Pdu]:
    def read(frame: bytes, sequence_number: int, command_status: int) -> BindResp:
        system_id, start = read_legible_string(frame)
        tlvs = read_legible_tlvs(frame, start)
        return BindResp(sequence_number, command_status, bind_type, system_id, tlvs)

    return read


def _read_outbind(frame: bytes, sequence_number: int, command_status: int) -> Outbind:
    text = frame.decode("latin-1")
    a = text.index("\0", 16)
    b = text.index("\0", a + 1)
    return Outbind(sequence_number, command_status, text[16:a], text[a + 1 : b])


_Bodiless = (
    type[Unbind] | type[UnbindResp] | type[EnquireLink] | type[EnquireLinkResp] | type[GenericNack]
)


def _bodiless_reader(shape: _Bodiless) -> Callable[[bytes, int, int], Pdu]:
    def read(_frame: bytes, sequence_number: int, command_status: int) -> Pdu:
        return shape(sequence_number, command_status)

    return read


_READERS: dict[int, Callable[[bytes, int, int], Pdu]] = {
    CommandId.SUBMIT_SM: _message_reader(SubmitSm),
    CommandId.DELIVER_SM: _message_reader(DeliverSm),
    CommandId.DATA_SM: _read_data_sm,
    CommandId.SUBMIT_SM_RESP: _response_reader(SubmitSmResp),
    CommandId.DELIVER_SM_RESP: _response_reader(DeliverSmResp),
    CommandId.DATA_SM_RESP: _response_reader(DataSmResp),
    CommandId.OUTBIND: _read_outbind,
    CommandId.UNBIND: _bodiless_reader(Unbind),
    CommandId.UNBIND_RESP: _bodiless_reader(UnbindResp),
    CommandId.ENQUIRE_LINK: _bodiless_reader(EnquireLink),
    CommandId.ENQUIRE_LINK_RESP: _bodiless_reader(EnquireLinkResp),
    CommandId.GENERIC_NACK: _bodiless_reader(GenericNack),
    **MULTI_READERS,
    **ANCILLARY_READERS,
}
for _bind_type, _command in (
    (BindType.TRANSCEIVER, CommandId.BIND_TRANSCEIVER),
    (BindType.TRANSMITTER, CommandId.BIND_TRANSMITTER),
    (BindType.RECEIVER, CommandId.BIND_RECEIVER),
):
    _READERS[_command] = _bind_reader(_bind_type)
    _READERS[_command | RESPONSE_BIT] = _bind_resp_reader(_bind_type)
