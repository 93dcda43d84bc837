"""Carries deliveries to the ESMEs: who gets what, who has to wait, what is repeated."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from smsc.simulator import numbers
from smsc.simulator.outbox import Delivery, Outbox, Session
from smsc.simulator.submits import Totals
from smsc.simulator.timeline import Timeline
from smsc.smpp.pdu import BindType, DataSmResp, DeliverSmResp, GenericNack

_MOST_SENDERS: Final = 10_000  # numbers of which we know whose they are


class PostOffice:
    """One outbox a system_id, and one for what no ESME has claimed yet."""

    def __init__(self, totals: Totals, most_waiting: int, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        self._totals = totals
        self._most_waiting = most_waiting
        self._outboxes: dict[str, Outbox] = {}
        self._unclaimed = Outbox(most_waiting)
        self._senders: OrderedDict[str, str] = OrderedDict()
        self._retries: Timeline[tuple[Outbox, Delivery]] = Timeline(self._repeat)

    @property
    def waiting(self) -> int:
        """How many deliveries wait for a receiver, or for room in its window."""
        return sum(map(len, self._outboxes.values())) + len(self._unclaimed)

    def note_sender(self, source_addr: str, system_id: str) -> None:
        """Note that this ESME sends from this number: answers to it are its own."""
        senders, number = self._senders, numbers.key(source_addr)
        if senders.get(number) != system_id:
            senders[number] = system_id
            if len(senders) > _MOST_SENDERS:
                senders.popitem(last=False)

    def post(self, system_id: str, deliveries: Sequence[Delivery]) -> int:
        """Send to this ESME, now or when it has a receiver; say how many were taken."""
        return self._outbox(system_id).put(deliveries)

    def dispatch(self, destination_addr: str, deliveries: Sequence[Delivery]) -> bool:
        """Send all or nothing to whom the number belongs; say whether there was room."""
        outbox = self._find(destination_addr)
        if len(outbox) + len(deliveries) > self._most_waiting:
            return False
        self._totals.messages_sent += len(deliveries)
        outbox.put(deliveries)
        return True

    # -- what the sessions tell

    def bound(self, session: Session) -> None:
        """Send what waits for this ESME, if it can receive."""
        if session.bind_type is BindType.TRANSMITTER:
            return
        outbox = self._outbox(session.system_id)
        outbox.sessions.append(session)
        outbox.take_over(self._unclaimed)
        outbox.flush()

    def closed(self, session: Session) -> None:
        """Use this session no more."""
        outbox = self._outbox(session.system_id)
        if session in outbox.sessions:
            outbox.sessions.remove(session)

    def delivered(
        self,
        session: Session,
        results: Sequence[tuple[Delivery, DeliverSmResp | DataSmResp | GenericNack]],
    ) -> None:
        """Settle what was answered; repeat later what was refused for now."""
        outbox = self._outbox(session.system_id)
        for delivery, response in results:
            status = response.command_status
            if isinstance(response, GenericNack) or not outbox.is_settled(delivery, status):
                at = asyncio.get_running_loop().time() + self.retry_after.total_seconds()
                self._retries.add(at, (outbox, delivery))
                continue
            self._totals.deliveries_settled += 1
            if delivery.settled is not None:
                delivery.settled(status)

    def in_doubt(self, session: Session, deliveries: Sequence[Delivery]) -> None:
        """Repeat what was never answered."""
        self._totals.deliveries_repeated += len(deliveries)
        self._outbox(session.system_id).put_back(deliveries)

    def capacity_freed(self, session: Session) -> None:
        """Send more."""
        self._outbox(session.system_id).flush()

    # -- inside

    def _outbox(self, system_id: str) -> Outbox:
        outbox = self._outboxes.get(system_id)
        if outbox is None:
            outbox = self._outboxes[system_id] = Outbox(self._most_waiting)
        return outbox

    def _find(self, destination_addr: str) -> Outbox:
        """Choose who sends from this number, else who can receive, else nobody yet."""
        owner = self._senders.get(numbers.key(destination_addr))
        outbox = self._outboxes.get(owner) if owner is not None else None
        if outbox is not None and outbox.sessions:
            return outbox
        bound = (other for other in self._outboxes.values() if other.sessions)
        return next(bound, outbox or self._unclaimed)

    def _repeat(self, due: list[tuple[Outbox, Delivery]]) -> None:
        self._totals.deliveries_repeated += len(due)
        by_outbox: dict[Outbox, list[Delivery]] = {}
        for outbox, delivery in due:
            by_outbox.setdefault(outbox, []).append(delivery)
        for outbox, deliveries in by_outbox.items():
            outbox.put_back(deliveries)
