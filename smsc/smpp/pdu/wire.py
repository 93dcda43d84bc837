"""What the readers and writers of all operations share: limits, faults, strings, TLVs."""

from struct import Struct

from smsc.errors import GatewayError
from smsc.smpp.pdu.codes import CommandStatus, command_name
from smsc.smpp.pdu.operations import Tlvs

HEADER_OCTETS = 16
# A message_payload may hold 64 KiB; the rest is for the header, the fields and other TLVs.
MAX_COMMAND_LENGTH = 64 * 1024 + 1024

_HEADER = Struct(">4I")
_TAG_AND_LENGTH = Struct(">2H")


class MalformedPdu(GatewayError):
    """A PDU whose body contradicts itself. The session can go on: its end is known.

    `command_status` is what to answer with.
    """

    def __init__(
        self,
        command_id: int,
        sequence_number: int,
        why: str,
        command_status: int = CommandStatus.ESME_RINVCMDLEN,
    ) -> None:
        super().__init__(f"{command_name(command_id)} {sequence_number}: {why}")
        self.command_id = command_id
        self.sequence_number = sequence_number
        self.why = why
        self.command_status = command_status


def read_tlvs(frame: bytes, start: int) -> dict[int, bytes]:
    """Read the optional parameters from `start` to the frame's end.

    One to three NULs at the end are taken for padding, which some peers append.
    """
    tlvs: dict[int, bytes] = {}
    end = len(frame)
    while start < end:
        if end - start < 4:
            if any(frame[start:]):
                raise _tlv_fault(frame, "octets remain after the last TLV")
            break
        tag, length = _TAG_AND_LENGTH.unpack_from(frame, start)
        start += 4
        stop = start + length
        if stop > end:
            raise _tlv_fault(frame, f"TLV 0x{tag:04X} claims {length} octets of {end - start}")
        tlvs.setdefault(tag, frame[start:stop])
        start = stop
    return tlvs


def _tlv_fault(frame: bytes, why: str) -> MalformedPdu:
    _, command_id, _, sequence_number = _HEADER.unpack_from(frame)
    return MalformedPdu(command_id, sequence_number, why, CommandStatus.ESME_RINVOPTPARSTREAM)


def read_legible_tlvs(frame: bytes, start: int) -> dict[int, bytes]:
    """Read the optional parameters of a response up to the first that lies."""
    tlvs: dict[int, bytes] = {}
    end = len(frame)
    while end - start >= 4:
        tag, length = _TAG_AND_LENGTH.unpack_from(frame, start)
        stop = start + 4 + length
        if stop > end:
            break
        tlvs.setdefault(tag, frame[start + 4 : stop])
        start = stop
    return tlvs


def read_legible_string(frame: bytes) -> tuple[str, int]:
    """Read a response's first field, which may be absent or lack its NUL; and where it ends."""
    end = frame.find(0, HEADER_OCTETS)
    if end < 0:
        end = len(frame)
    return frame[HEADER_OCTETS:end].decode("latin-1"), end + 1


class BodyReader:
    """Reads the fields of a rarer operation's body one after the other.

    Raises:
        ValueError, IndexError: from any of its methods, where the frame ends too early.
    """

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.at = HEADER_OCTETS

    @property
    def left(self) -> int:
        """How many octets follow."""
        return len(self.frame) - self.at

    def octet(self) -> int:
        """Read a number of one octet."""
        value = self.frame[self.at]
        self.at += 1
        return value

    def string(self) -> str:
        """Read a C-octet string."""
        end = self.frame.index(0, self.at)
        value = self.frame[self.at : end].decode("latin-1")
        self.at = end + 1
        return value

    def octets(self, count: int) -> bytes:
        """Read so many octets."""
        if count > self.left:
            raise ValueError(f"{count} octets of {self.left}")
        value = self.frame[self.at : self.at + count]
        self.at += count
        return value

    def address(self) -> tuple[int, int, str]:
        """Read type of number, numbering plan and address."""
        return self.octet(), self.octet(), self.string()

    def short_message(self) -> bytes:
        """Read sm_length and as many octets.

        Raises:
            MalformedPdu: it lies.
        """
        length = self.octet()
        if length > self.left:
            why = f"sm_length {length} with {self.left} octets left"
            _, command_id, _, sequence_number = _HEADER.unpack_from(self.frame)
            raise MalformedPdu(command_id, sequence_number, why, CommandStatus.ESME_RINVMSGLEN)
        return self.octets(length)

    def tlvs(self) -> dict[int, bytes]:
        """Read all that is left."""
        return read_tlvs(self.frame, self.at)


def write_tlvs(tlvs: Tlvs) -> bytes:
    """Write optional parameters in their order."""
    return b"".join([_TAG_AND_LENGTH.pack(tag, len(value)) + value for tag, value in tlvs.items()])


def refuse_nul(*strings: str) -> None:
    """Keep a NUL out of the C-octet strings, where it would shift all that follows.

    Raises:
        ValueError: one contains it.
    """
    if "\0" in "".join(strings):
        raise ValueError("a C-octet string contains NUL")
