"""Runs one connector under its lease: pumps its queue into its binds, hands on what comes back."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.jobs import SightPublisher
from smsc.messaging.recorder import Recorder
from smsc.messaging.results import Doubt
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import Claim
from smsc.messaging.sending.leases import BindNote, Lease, StateNote
from smsc.models import Lane
from smsc.routing.channel_marks import Selection
from smsc.smpp.bind import BindState
from smsc.smpp.bind_set import Arrival, BindSet
from smsc.smpp.pdu import (
    Bind,
    CommandStatus,
    DataSm,
    DeliverSm,
    GenericNack,
    Outbind,
    SubmitSmResp,
)
from smsc.smpp.session import Session
from smsc.smpp.vitals import Vitals
from workers import receiving
from workers.channels import ChannelBook
from workers.config import ConnectorConfig
from workers.feeding import Feed, reserve_of
from workers.submitting import Submitter
from workers.vitals import Counts
from workers.watch import Watch

log = structlog.get_logger()

Key = tuple[str, int]  # message_sid, number

MOST_CLAIMED: Final = 200  # segments a claim: more would only delay the first of them
# While the queue gives, it is asked again so often; bells are coalesced to longer than that.
PACE_SECONDS: Final = 0.02
SLOW_PACE_SECONDS: Final = 0.05  # for a while after it has given its last
DRAIN: Final = timedelta(seconds=10)
RETRY_SECONDS: Final = 1.0  # after the database was away


class ConnectorRunner:
    """One connector's binds and pump. Implements `smsc.smpp.bind_set.BindSetOwner`."""

    def __init__(
        self,
        config: ConnectorConfig,
        lease: Lease,
        owner: str,
        database: Database,
        recorder: Recorder,
        state_changed: Callable[[StateNote], None],
        publisher: SightPublisher,
    ) -> None:
        self.config = config
        self.lease = lease
        self.counts = Counts()
        self._owner = owner
        self._database = database
        self._recorder = recorder
        self._state_changed = state_changed
        is_apart = config.channel_selection is Selection.BIND
        self._binds: BindSet[Key] = BindSet(config.binds, self, apart=is_apart)
        self.watch = Watch(config, self._binds, publisher)
        has_book = config.channel_selection in {Selection.BIND, Selection.FIELD}
        self._book = ChannelBook(config, database, self._binds) if has_book else None
        self._submitter = Submitter(
            config, self._binds, self._book, recorder, self.watch, self.responded
        )
        self._feed = Feed(database, owner)
        self._woken = asyncio.Event()
        self._stopping = False
        self._unrecorded: dict[Key, Claim] = {}  # not settled yet: a crash may double them
        self._of_bulks = 0  # how many of these
        self._claim_failed = False  # it may have been committed all the same
        self._claimed_at = 0.0
        self._look_at = 0.0  # before it, the queue is looked at only when a bell was rung
        self._alarm: asyncio.TimerHandle | None = None
        self.tasks: list[asyncio.Task[None]] = []  # none ends before `stop` or `abandon`

    @property
    def window_in_use(self) -> int:
        """How many segments are unanswered."""
        return self._binds.window_in_use

    @property
    def state(self) -> BindState:
        """How the binds stand."""
        return self._binds.state

    def vitals(self) -> Sequence[Vitals]:
        """Say what each bind does now."""
        return self._binds.vitals()

    def renew(self, lease: Lease) -> None:
        """Go on under the renewed lease."""
        self.lease = lease

    @property
    def is_attended(self) -> bool:
        """Whether a remote that dials in has done so, or may do so only here."""
        return self._binds.is_attended

    def start(self) -> None:
        """Bind, and pump while bound."""
        loop = asyncio.get_running_loop()
        self.tasks = [loop.create_task(self._binds.run()), loop.create_task(self._pump())]

    def adopt(
        self,
        asked: Bind | Outbind,
        session: Session[Any, Any, Any],
        on_end: Callable[[str], None],
    ) -> Callable[[], None] | None:
        """Let the remote that dialled in be one of the binds; see `DialledEsme.adopt`."""
        return None if self._stopping else self._binds.adopt(asked, session, on_end)

    def follow(self, config: ConnectorConfig) -> None:
        """Take what changes without a new bind: the channels' quotas, hours and rates."""
        self.config = config
        if self._book is not None:
            self._book.follow(config.channels)

    def ring(self) -> None:
        """Look for waiting segments: the doorbell."""
        self._feed.ring()
        self._woken.set()

    def settled(self, segments: Sequence[Key]) -> None:
        """Take note that these segments are no longer in doubt."""
        for key in segments:
            claim = self._unrecorded.pop(key, None)
            if claim is not None and claim.in_bulk:
                self._of_bulks -= 1
        self._submitter.order.settled(segments)
        self.capacity_freed()

    @property
    def _has_work(self) -> bool:
        return self._feed.has_more or self._submitter.order.has_waiting

    def sweep(self, bulk_lane: Lane | None = None) -> None:
        """Look for waiting segments from the queue's true front, and for the bulk that was seen."""
        self._feed.restart(bulk_lane)
        self._woken.set()

    async def stop(self) -> None:
        """Submit no more, await the window's responses, unbind."""
        self._stopping = True
        self._submitter.put_back(self._submitter.order.take_waiting(), self.lease)
        await self._binds.stop(DRAIN)
        await self._end()

    async def abandon(self, why: str) -> None:
        """Drop the connection without another word: the lease is lost, or too near its end."""
        log.warning("connector.abandoned", connector=self.config.name, why=why)
        self._stopping = True
        await self._end()

    async def _end(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    # -- the pump

    async def _pump(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                while self._has_work and not self._stopping and await self._claim_and_submit():
                    pass
            except UNAVAILABLE as error:
                self._claim_failed = True
                log.warning("claim.delayed", connector=self.config.name, error=str(error))
                self._wake_in(RETRY_SECONDS)

    async def _claim_and_submit(self) -> bool:
        """Move one batch; say whether to go on at once. If not, something will wake the pump."""
        now = monotonic()
        most, spare = self._wanted(now)
        if not most:
            return False
        if not self.lease.allows_writing(now):
            return False  # renewed in time, or abandoned by the gateway
        if self._claim_failed:
            await dispatch.put_back_unknown(self._database, self.lease, self._unrecorded)
            self._claim_failed = False
        if self._book is not None:
            claimed = await self._claim_for_channels(self._book, most)
        else:
            from_start = self._feed.is_at_start
            claims = await self._feed.claim(self.lease, most, spare)
            claimed = len(claims)
            if not claims and not from_start:
                return True  # what the hint skipped may be alive
            self._note_claimed(claims)
            self._submitter.submit([(claim, None) for claim in claims], self.lease)
        if self._feed.went_before:
            return True  # the bulk's turn
        if claimed:
            self._claimed_at = now
        if claimed < (spare if self._feed.has_bulk else most):
            if claimed or self._feed.is_expecting:
                self._look_in(
                    min(max(PACE_SECONDS, (now - self._claimed_at) / 2), SLOW_PACE_SECONDS)
                )
            return False
        return True

    def _look_in(self, seconds: float) -> None:
        """Look again then: what was found was all, so that nothing is missed by it."""
        self._look_at = monotonic() + seconds
        self._wake_in(seconds)

    def _wanted(self, now: float) -> tuple[int, int]:
        """Return how many segments to claim now, and how many of these may be of bulks.

        If none, something will wake the pump.
        """
        room, spare, window = self._room(now), 0, self._binds.window
        if room > 0:
            used = max(len(self._unrecorded), self._binds.window_in_use)
            spare = min(room, MOST_CLAIMED, window - used - reserve_of(window))
        if now < self._look_at and not self._feed.is_rung and not self._feed.has_bulk:
            self._wake_in(self._look_at - now)
            return 0, 0
        if room <= 0 or not self._feed.wants(spare):
            self._await_room(now)
            return 0, 0
        if room < window // 2 and now < self._claimed_at + PACE_SECONDS:
            self._wake_in(self._claimed_at + PACE_SECONDS - now)  # a batch is worth a moment
            # What has rung goes before a bulk, and need not wait for the bulk's next batch.
            return (room, 0) if self._feed.has_bulk and self._feed.is_rung else (0, 0)
        return min(room, MOST_CLAIMED), spare

    def _room(self, now: float) -> int:
        """Return how many segments may be claimed; write what waited, if there is a place."""
        order = self._submitter.order
        if order.is_going_back:  # what lies behind it may not go before it
            return 0
        if order.has_waiting and self._places(now):
            self._submitter.submit([], self.lease)
        return min(self._places(now), self._binds.window - len(self._unrecorded))

    def _places(self, now: float) -> int:
        return self._binds.capacity(now) if self._book is None else self._book.room(now)

    async def _claim_for_channels(self, book: ChannelBook, most: int) -> int:
        """Move one batch, each segment by its channel; say how many were claimed for one."""
        pairs = await self._feed.claim_for_channels(book, self.lease, most)
        self._note_claimed([claim for claim, _ in pairs])
        self._submitter.submit(pairs, self.lease)
        return len(pairs)

    def _note_claimed(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            key = claim.message_sid, claim.number
            self._of_bulks += claim.in_bulk and key not in self._unrecorded
            self._unrecorded[key] = claim

    def _await_room(self, now: float) -> None:
        """See to it that somebody wakes the pump: the throttle's time, a response, a commit."""
        # Nothing is unanswered, or too much is uncommitted: the commit is what is waited for.
        is_full = len(self._unrecorded) >= self._binds.window or not self._binds.window_in_use
        if is_full or self._submitter.order.is_going_back:
            self._recorder.hurry()
        next_at = self._binds.next_capacity_at if self._book is None else self._book.next_room_at
        at = next_at(now)
        if at is not None and at > now:  # else an answer or a commit will tell
            self._wake_in(at - now)

    def _wake_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = loop.call_later(max(seconds, 0.0), self._alarmed)

    def _alarmed(self) -> None:
        self._alarm = None
        if not self._feed.has_bulk:  # else the queue has a bell of its own
            self._feed.look()
        self._woken.set()

    # -- smsc.smpp.bind_set.BindSetOwner

    def responded(self, results: Sequence[tuple[Key, SubmitSmResp | GenericNack]]) -> None:
        """Hand responses to the recorder; the window is free already."""
        at = datetime.now(UTC)
        taken = [one.command_status for _, one in results].count(CommandStatus.ESME_ROK)
        self.counts.accepted += taken
        self.counts.refused += len(results) - taken
        claims = self._unrecorded
        answers = [
            receiving.answer(
                key, response, at, self.config, self.lease, claims.get(key), self.watch
            )
            for key, response in results
        ]
        self._recorder.add(answers, may_wait=all(one.in_bulk for one in answers))
        self._submitter.answered(results, self.lease)

    def received(self, arrival: Arrival[Key], pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Hand receipts and inbound parts to the recorder, which answers after its commit."""
        bind = self._binds.index_of(arrival)
        self.counts.received += len(pdus)
        deliveries = receiving.read(pdus, arrival, bind, self.config, self.watch)
        self._recorder.add(deliveries, may_wait=bool(self._of_bulks))

    def in_doubt(self, keys: Sequence[Key], why: str, *, silence: bool) -> None:
        """Hand on what was written and not answered: it may have been sent, and counts."""
        frames = self.watch.in_doubt(keys)
        self._recorder.add([Doubt(self.config.sid, keys, self.lease.epoch, why, silence, frames)])
        self._submitter.in_doubt(keys, self.lease)

    def state_changed(self, state: BindState, reason: str) -> None:
        """Hand on, and pump when bound."""
        binds = (
            BindNote(config.system_id, config.bind_type.value, one.value, why)
            for config, one, why in self._binds.binds
        )
        self._state_changed(StateNote(self.lease, state.value, reason, tuple(binds)))
        if state is BindState.BOUND:
            self.sweep()

    def capacity_freed(self) -> None:
        """Pump on, if there is something to pump."""
        if self._has_work:
            self._woken.set()
