"""Commits what came back over connectors, a batch at once, and answers for it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from smsc.db import REFUSED, UNAVAILABLE, Connection, Database
from smsc.jobs import Bells
from smsc.messaging.directory import Directory
from smsc.messaging.neighbour import Neighbour, lending
from smsc.messaging.plain_results import Parted, PlainResults, Recorded
from smsc.messaging.receiving import inbound, parking, receipts
from smsc.messaging.receiving.inbound import Taken
from smsc.messaging.receiving.receipts import Applied
from smsc.messaging.results import (
    Delivery,
    Doubt,
    Item,
    Settled,
    Unwritten,
    answer,
    answers_and_receipts,
    deliveries_of,
    keep,
    parts_of,
    settled,
    without,
)
from smsc.messaging.sending import dispatch, in_doubt
from smsc.messaging.sending.responses import Answer, record_responses
from smsc.messaging.statuses import Advance, Changed
from smsc.messaging.tracing import kept_pdus
from smsc.smpp.pdu import CommandStatus
from smsc.sms.correlation import stored_key
from smsc.webhooks.delivery import Claimant

log = structlog.get_logger()


@dataclass(slots=True)
class _Effects:
    """What to do once the commit is through."""

    changed: list[Changed] = field(default_factory=list)
    webhooks: int = 0
    esmes: bool = False
    put_back: int = 0
    receipts: list[Applied] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)  # of the undecided

    def note(self, plain: Recorded) -> None:
        """Add what came of what was plain."""
        self.changed += plain.changed
        self.receipts.append(Applied([], 0, counts=plain.counts))


class ResultWriter:
    """The one writer of a gateway process; one bad item does not hold the others of its batch."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        bells: Bells,
        neighbour: Neighbour | None = None,
    ) -> None:
        self._neighbour = neighbour
        self._database = database
        self._directory = directory
        self._bells = bells
        self.keeps = False  # whether PDUs come with what is written, which are to be kept
        self._parked_until: dict[str, float] = {}  # connectors whose receipts may be explained
        self._plain = PlainResults()
        self._undecided: set[str] = set()  # whose parked receipts may be held segments'
        # How many were matched, or parked at first, by connector: for the metrics.
        self.matched: Counter[str] = Counter()
        self.parked: Counter[str] = Counter()
        self.put_back: Callable[[], None] = lambda: None  # segments wait again
        self.settled: Callable[[Settled], None] = lambda _: None

    def note_parked(self, connector_sids: Iterable[str]) -> None:
        """Look, with each response of these connectors, for the receipts that overtook it."""
        until = monotonic() + parking.EXPLAINED_WITHIN.total_seconds()
        self._parked_until.update(dict.fromkeys(connector_sids, until))

    async def write(self, batch: Sequence[Item], *, at_once: bool = True) -> Sequence[Item]:
        """Commit a batch and answer for it; return what the absent database left unwritten."""
        effects = _Effects()
        left: Sequence[Item] = ()
        try:
            try:
                with lending(self._neighbour, effects.changed) as claimant:
                    left = await self._commit(batch, effects, claimant, at_once=at_once)
            except REFUSED as error:
                effects = _Effects()
                if len(batch) > 1:  # one bad row must not hold the others
                    singly = [await self.write([item], at_once=at_once) for item in batch]
                    return [item for unwritten in singly for item in unwritten]
                await self._set_aside(batch[0], error)
        except UNAVAILABLE as error:
            log.warning("record.delayed", items=len(batch), error=str(error))
            return batch
        self._finish(without(left, batch), effects)
        return await self.write(left, at_once=False) if left else ()

    def _finish(self, batch: Sequence[Item], effects: _Effects) -> None:
        """Answer for what is committed, and tell who is concerned."""
        answer(batch, CommandStatus.ESME_ROK)
        self.settled(settled(batch))
        self._count(effects.receipts)
        self._undecided -= effects.looked_at
        self._undecided.update(*(applied.undecided for applied in effects.receipts))
        if effects.webhooks or any(change.has_webhook for change in effects.changed):
            self._bells.ring_webhooks()
        owes_esmes = effects.esmes or any(applied.owes_esmes for applied in effects.receipts)
        if owes_esmes or any(change.smpp_credential_sid for change in effects.changed):
            self._bells.ring_esmes()
        if effects.put_back:
            self.put_back()

    async def _commit(
        self,
        batch: Sequence[Item],
        effects: _Effects,
        claimant: Claimant | None,
        *,
        at_once: bool,
    ) -> Sequence[Item]:
        """Commit a batch; return what is left of it, for a transaction of its own.

        What is one statement needs no BEGIN and no COMMIT. Whether it takes all is known by then:
        receipts that it leaves are as if they had come a moment later than what it has written.
        """
        parted = Parted([], [], *answers_and_receipts(batch))
        if at_once and self._is_usual(batch) and not self.keeps:
            parted = self._plain.part(parted.answers, parted.receipts)
        if parted.is_one_statement and not parts_of(batch):
            async with self._database.single() as connection:
                recorded = await self._plain.record_alone(connection, parted, claimant)
            if recorded is not None:
                effects.note(recorded)
                return deliveries_of(recorded.left, batch)
        async with self._database.begin() as connection:
            await self._record(connection, batch, parted, effects, claimant)
        return ()

    def _is_usual(self, batch: Sequence[Item]) -> bool:
        """Say whether nothing of it is in doubt, and no receipt waits for its explanation."""
        waits = bool(self._parked_until or self._undecided)
        return not waits and all(isinstance(item, Answer | Delivery) for item in batch)

    async def _record(
        self,
        connection: Connection,
        batch: Sequence[Item],
        parted: Parted,
        effects: _Effects,
        claimant: Claimant | None,
    ) -> None:
        plain = await self._plain.record(connection, parted, claimant)
        effects.note(plain)
        answers, received = parted.answers, [*plain.left, *parted.receipts]
        deferred: list[Advance] | None = [] if self._is_usual(batch) else None
        recorded = await record_responses(connection, answers, claimant, deferred)
        effects.changed += recorded.changed
        effects.put_back += recorded.put_back
        for doubt in (item for item in batch if isinstance(item, Doubt)):
            effects.changed += await in_doubt.settle(
                connection,
                [(sid, number, doubt.epoch) for sid, number in doubt.segments],
                doubt.why,
                silence=doubt.silence,
            )
            effects.put_back += 1
            if self._has_parked(doubt.connector_sid):
                applied = await receipts.unpark_for_held(connection, [doubt.connector_sid])
                await self._note_unparked(connection, applied, effects)
        for unwritten in (item for item in batch if isinstance(item, Unwritten)):
            await dispatch.put_back(connection, unwritten.lease, unwritten.segments)
            effects.put_back += 1
        if self._parked_until:
            applied = await receipts.unpark(
                connection,
                [
                    (answer.connector_sid, stored_key(answer.smsc_message_id))
                    for answer in answers
                    if answer.smsc_message_id and self._has_parked(answer.connector_sid)
                ],
                claimant,
            )
            await self._note_unparked(connection, applied, effects)
        if self._undecided and (again := self._undecided & settled(batch).keys()):
            effects.looked_at = again
            applied = await receipts.unpark_for_held(connection, sorted(again))
            await self._note_unparked(connection, applied, effects)
        applied = await receipts.apply(connection, received, claimant, deferred or ())
        effects.changed += applied.changed
        effects.receipts.append(applied)
        if applied.parked:
            self.note_parked({receipt.connector_sid for receipt in received})
        taken: Taken | None = None
        if parts := parts_of(batch):
            taken = await inbound.take(connection, self._directory, parts)
            effects.webhooks += taken.webhooks
            effects.esmes = effects.esmes or bool(taken.esme_credentials)
        if self.keeps:
            await keep(connection, batch, applied, taken)

    async def _note_unparked(
        self, connection: Connection, applied: Applied, effects: _Effects
    ) -> None:
        effects.changed += applied.changed
        effects.receipts.append(applied)
        if self.keeps:
            known = {(r.connector_sid, r.thread): s.message_sid for r, s in applied.matched}
            await kept_pdus.adopt(connection, known)

    def _count(self, all_applied: Iterable[Applied]) -> None:
        for applied in all_applied:
            for sid, counts in applied.counts.items():
                self.matched[sid] += counts.matched
                self.parked[sid] += max(counts.parked, 0)

    def _has_parked(self, connector_sid: str) -> bool:
        until = self._parked_until.get(connector_sid)
        if until is not None and until < monotonic():
            del self._parked_until[connector_sid]
            until = None
        return until is not None

    async def _set_aside(self, item: Item, error: Exception) -> None:
        """Keep raw what the database refuses, so that its sender need not repeat it for ever."""
        if not isinstance(item, Delivery):
            log.error("record.refused", item=type(item).__name__, error=str(error))
            return
        log.error("delivery.quarantined", connector=item.content.connector_sid, error=str(error))
        async with self._database.single() as connection:
            await inbound.quarantine(
                connection,
                carrier_sid=item.content.carrier_sid,
                connector_sid=item.content.connector_sid,
                why=f"the database refused it: {error}",
                pdu=item.raw,
            )
