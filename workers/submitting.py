"""Writes claimed segments to a connector's binds, in order; gives back what can't be written."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from time import monotonic
from typing import Final

import structlog

from smsc.messaging.recorder import Recorder
from smsc.messaging.results import Unwritten
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.leases import Lease
from smsc.messaging.sending.submit import to_submits
from smsc.routing.channel_marks import Selection
from smsc.routing.channels import Channel
from smsc.smpp.bind_set import BindSet
from smsc.smpp.pdu import CommandStatus, GenericNack, SubmitSm, SubmitSmResp
from smsc.sms.command_status import Verdict
from workers.channels import ChannelBook
from workers.config import ConnectorConfig
from workers.order import Placed, RecipientOrder
from workers.watch import Watch

log = structlog.get_logger()

Key = tuple[str, int]  # message_sid, number

# The segment goes back to its place, which is before what was claimed after it.
_FOR_NOW: Final = frozenset({Verdict.THROTTLED, Verdict.QUEUE_FULL})


class Submitter:
    """The way of one connector's segments from the claim to the binds.

    `refused` is told of a segment that fits no wire.
    """

    def __init__(
        self,
        config: ConnectorConfig,
        binds: BindSet[Key],
        book: ChannelBook | None,
        recorder: Recorder,
        watch: Watch,
        refused: Callable[[Sequence[tuple[Key, SubmitSmResp | GenericNack]]], None],
    ) -> None:
        self.order = RecipientOrder()
        self._rules = config.submit_rules
        self._statuses = config.statuses
        self._mark = config.channel_field
        self._is_apart = config.channel_selection is Selection.BIND
        self._binds = binds
        self._book = book
        self._recorder = recorder
        self._watch = watch
        self._refused = refused

    def submit(self, placed: Sequence[Placed], lease: Lease) -> None:
        """Write these and those that waited; what has to wait for an answer is kept."""
        if self.order.is_going_back:  # these were claimed meanwhile, and lie behind it
            self.put_back([claim for claim, _ in placed], lease)
            return
        placed = self.order.admit(placed)
        if self._book is None:
            self._submit([claim for claim, _ in placed], None, lease)
            return
        # Those of one channel in one write; a message's segments are in one channel.
        by_channel = sorted(placed, key=lambda one: one[1].number if one[1] else 0)
        for _, group in groupby(by_channel, key=lambda one: one[1].sid if one[1] else ""):
            mine = list(group)
            self._submit([claim for claim, _ in mine], mine[0][1], lease)

    def put_back(self, claims: Sequence[Claim], lease: Lease) -> None:
        """Let segments wait again that were claimed and not written."""
        segments = [(claim.message_sid, claim.number) for claim in claims]
        if not segments:
            return
        self.order.goes_back(segments)
        self._recorder.add([Unwritten(lease, segments)])
        if self._book is not None:
            self._book.answered(segments, accepted=False)

    def answered(
        self, results: Sequence[tuple[Key, SubmitSmResp | GenericNack]], lease: Lease
    ) -> None:
        """Take note of answers, before they are recorded."""
        back = []
        for key, response in results:
            verdict = self._statuses.verdict(response.command_status)
            self.order.answered(key)
            if verdict in _FOR_NOW:
                back.append(key)
            if self._book is not None:
                self._book.answered([key], accepted=verdict is Verdict.OK)
        if back:
            self.order.goes_back(back)
            self.put_back(self.order.take_waiting(), lease)

    def in_doubt(self, keys: Iterable[Key], lease: Lease) -> None:
        """Take note of what gets no answer: it may have been sent, and counts."""
        keys = list(keys)
        if self._book is not None:
            self._book.answered(keys, accepted=True)
        self.order.goes_back(keys)
        self.put_back(self.order.take_waiting(), lease)

    def _submit(self, claims: Sequence[Claim], channel: Channel | None, lease: Lease) -> None:
        now = monotonic()
        if not lease.allows_writing(now):
            self.put_back(claims, lease)
            return
        claims = self._legible(claims)
        submits = to_submits(claims, datetime.now(UTC), self._rules)
        if channel is not None and self._mark is not None:
            submits = [self._mark.write(submit, channel) for submit in submits]
        batch = [
            ((claim.message_sid, claim.number), submit)
            for claim, submit in zip(claims, submits, strict=True)
        ]
        written = self._write(batch, channel)
        if self._book is not None and channel is not None:
            self._book.submitted(channel, written, now)
        if written < len(claims):  # the bind went down, or slowed, while the claim was committed
            self.put_back(claims[written:], lease)

    def _legible(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Return the claims whose text can be read; the others fail, and are not sent empty."""
        illegible = [claim for claim in claims if claim.body is None]
        if not illegible:
            return claims
        nack = GenericNack(command_status=CommandStatus.ESME_RINVMSGLEN)
        for claim in illegible:
            log.error("segment.unreadable", message_sid=claim.message_sid)
        self._refused([((claim.message_sid, claim.number), nack) for claim in illegible])
        return [claim for claim in claims if claim.body is not None]

    def _write(self, batch: list[tuple[Key, SubmitSm]], channel: Channel | None) -> int:
        try:
            if channel is not None and self._book is not None and self._is_apart:
                written = self._binds.submit_by(self._book.index_of(channel), batch)
            else:
                written = self._binds.submit(batch)
        except ValueError:
            if len(batch) > 1:  # one that does not fit the wire must not hold the others
                return sum(self._write([single], channel) for single in batch)
            log.exception("segment.unwritable", message_sid=batch[0][0][0])
            nack = GenericNack(command_status=CommandStatus.ESME_RINVMSGLEN)
            self._refused([(batch[0][0], nack)])
            return 1
        self._watch.submitted(batch, written)
        return written
