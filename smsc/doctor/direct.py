"""Submits a text by a session of its own on smpplib, past the gateway and its queue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from smsc.doctor.courier import segments_of
from smsc.doctor.report import Probe, Target
from smsc.doctor.smpplib_session import SessionFault, SmpplibSession
from smsc.smpp.pdu import BindType, CommandStatus, status_name

_PATIENCE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class DirectSegment:
    """How the remote answered one segment; None: not at all."""

    number: int  # from 1
    command_status: int | None
    message_id: str
    words: str  # "" when accepted

    @property
    def status(self) -> str:
        """The status by name."""
        return "no answer" if self.command_status is None else status_name(self.command_status)


@dataclass(frozen=True, slots=True)
class DirectResult:
    """What came of a text: `fault` says why no session came about, or why it broke off."""

    segments: tuple[DirectSegment, ...]
    total: int  # segments that the text has
    fault: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the remote took all of it."""
        answers = [segment.command_status for segment in self.segments]
        return answers == [CommandStatus.ESME_ROK] * self.total


def submit_directly(
    host: str,
    port: int,
    system_id: str,
    password: str,
    source: str,
    destination: str,
    text: str,
    *,
    bind_type: BindType = BindType.TRANSMITTER,
    patience: timedelta = _PATIENCE,
) -> DirectResult:
    """Bind, submit the segments one after the other, unbind; blocks.

    Stops at the first segment that is not accepted. A receipt is asked for, but comes on whatever
    session the remote then chooses.

    Raises:
        InvalidSender, InvalidDestination: an address can't be.
        BodyTooLong: the text is longer than a message may be.
    """
    target = Target(host=host, port=port, system_id=system_id, password=password, patience=patience)
    pdus = segments_of(Probe(source=source, destination=destination, text=text))
    segments: list[DirectSegment] = []
    try:
        with SmpplibSession.bound(target, bind_type) as session:
            for number, pdu in enumerate(pdus, start=1):
                try:
                    message_id = session.submit(pdu, patience)
                except SessionFault as fault:
                    segments.append(DirectSegment(number, fault.command_status, "", str(fault)))
                    break
                segments.append(DirectSegment(number, CommandStatus.ESME_ROK, message_id, ""))
    except SessionFault as fault:
        # A fault at the unbind, after all was accepted, is no fault of the text's.
        if len(segments) < len(pdus):
            return DirectResult(tuple(segments), len(pdus), str(fault))
    return DirectResult(tuple(segments), len(pdus))
