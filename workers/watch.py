"""What is seen of one connector's PDUs: shown to who traces it, kept with their messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from struct import Struct
from typing import Final, Literal

from smsc.jobs import Sight, SightPublisher
from smsc.messaging.tracing.kept_pdus import Frame
from smsc.smpp.bind import BindConfig
from smsc.smpp.bind_set import BindSet
from smsc.smpp.connection import Tap
from smsc.smpp.description import cut
from smsc.smpp.pdu import (
    RESPONSE_BIT,
    CommandId,
    DataSm,
    DeliverSm,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from workers.config import ConnectorConfig

Key = tuple[str, int]  # message_sid, number

_HEAD: Final = Struct(">4x I 4x I")  # command_id, sequence_number
# By either, a device that dialled in may want what we send.
_SUBMITS: Final = frozenset({CommandId.SUBMIT_SM, CommandId.DELIVER_SM})


class Watch:
    """A runner's taps. While nobody traces and nothing is kept, there are none.

    A tap is called within the write or the read that it shows: what it notes is found by the next
    words of the runner about the same PDUs, and forgotten with the next write or read.
    """

    def __init__(
        self, config: ConnectorConfig, binds: BindSet[Key], publisher: SightPublisher
    ) -> None:
        self._connector_sid = config.sid
        self._binds = binds
        self._publisher = publisher
        self.is_traced = False
        self._hours = 0
        self._written: list[bytes] = []  # segments, by the write under way
        # By the read under way: a device's are handed on under a bind's command_ids, so that only
        # whether it is a response, and its sequence_number, name one.
        self._read: dict[tuple[bool, int], bytes] = {}
        self._unanswered: dict[Key, Frame] = {}
        self.follow(config)

    def follow(self, config: ConnectorConfig) -> None:
        """Begin and end as the connector's row says."""
        wanted = config.is_traced, config.pdu_hours
        if wanted == (self.is_traced, self._hours):
            return
        self.is_traced, self._hours = wanted
        self._binds.tap(self._tap_of if any(wanted) else None)
        if not self._hours:
            self._unanswered.clear()

    def submitted(self, batch: Sequence[tuple[Key, SubmitSm]], count: int) -> None:
        """Take note whose segments were just written: the first of the batch."""
        if not self._hours or not count:
            return
        now = datetime.now(UTC)
        written, self._written = self._written[-count:], []
        for (key, _), octets in zip(batch[:count], written, strict=True):
            self._unanswered[key] = Frame("out", octets, now, self._hours)

    def answered(self, key: Key, response: SubmitSmResp | GenericNack) -> Sequence[Frame]:
        """Return what is to be kept of a segment and its response."""
        if not self._hours:
            return ()
        submit = self._unanswered.pop(key, None)
        return [*([submit] if submit else []), *self._just_read(response)]

    def in_doubt(self, keys: Sequence[Key]) -> Sequence[tuple[str, Frame]]:
        """Return what is to be kept of segments that were not answered, with their messages."""
        if not self._hours:
            return ()
        frames = ((key[0], self._unanswered.pop(key, None)) for key in keys)
        return [(message_sid, frame) for message_sid, frame in frames if frame is not None]

    def received(self, pdu: DeliverSm | DataSm) -> Frame | None:
        """Return a receipt or inbound part if it is to be kept."""
        return next(iter(self._just_read(pdu)), None) if self._hours else None

    def _just_read(self, pdu: SubmitSmResp | GenericNack | DeliverSm | DataSm) -> Sequence[Frame]:
        octets = self._read.get(_name(pdu.command_id, pdu.sequence_number))
        if octets is None:  # it was read before the keeping began
            return ()
        return [Frame("in", octets, datetime.now(UTC), self._hours)]

    def _tap_of(self, index: int, config: BindConfig) -> Tap:
        bind = f"{config.system_id} {config.bind_type} {index + 1}"

        def see(direction: Literal["out", "in"], octets: bytes) -> None:
            at = datetime.now(UTC)
            frames = list(cut(octets))
            if self.is_traced:
                for frame in frames:
                    self._publisher.show(self._connector_sid, Sight(at, direction, bind, frame))
            if not self._hours:
                return
            heads = [_HEAD.unpack_from(frame) for frame in frames]
            if direction == "in":
                self._read = {
                    _name(*head): frame for head, frame in zip(heads, frames, strict=True)
                }
                return
            self._written += [
                frame
                for (command_id, _), frame in zip(heads, frames, strict=True)
                if command_id in _SUBMITS
            ]

        return see


def _name(command_id: int, sequence_number: int) -> tuple[bool, int]:
    return bool(command_id & RESPONSE_BIT), sequence_number
