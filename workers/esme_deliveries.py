"""Delivers to bound ESMEs what waits for them, and settles it by their answers."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import ServiceUnavailable
from smsc.messaging.accept.group_commit import GroupCommit
from smsc.messaging.esmes import esme_outbox
from smsc.messaging.esmes.owed import Owed
from smsc.smpp.pdu import BindType
from smsc.smpp.server import ServerSession
from smsc.smpp.server_session import Delivered
from smsc.sms.command_status import Verdict, verdict
from workers.admission import Esme
from workers.pulse import is_rung

log = structlog.get_logger()

SWEEP_SECONDS: Final = 1.0
PACE_SECONDS: Final = 0.01  # between claims, so that they are batches
RETRY_SECONDS: Final = 1.0  # between tries to settle while the database is away


@dataclass(slots=True, eq=False)
class Delivery:
    """A claimed row whose `deliver_sm`s are written and not all answered."""

    row_id: int
    unanswered: int
    worst: Verdict = Verdict.OK
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class _Settled:
    """What became of a claimed row."""

    row_id: int
    verdict: Verdict | None  # None: it is to be delivered again, from its place


Session: TypeAlias = ServerSession[Esme, Delivery]


class EsmeDeliveries:
    """The receipts and inbound messages that one process delivers."""

    def __init__(
        self, process_sid: str, database: Database, sessions: Callable[[], list[Session]]
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._sessions = sessions
        self._settlements = GroupCommit(self._settle)
        self._claimed: set[int] = set()  # rows that we know we hold
        self._claim_failed = False  # it may have been committed all the same
        self._woken = asyncio.Event()
        self._is_there_more = False  # for want of capacity, something was left
        self._turn = 0

    def wake(self) -> None:
        """Look for what waits."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        was_rung = True
        while True:
            self._woken.clear()
            try:
                await self._deliver()
            except UNAVAILABLE as error:
                log.warning("esme_deliveries.delayed", error=str(error))
                self._claim_failed = True
            if was_rung:
                await asyncio.sleep(PACE_SECONDS)
            was_rung = await is_rung(self._woken, SWEEP_SECONDS)

    async def drain(self) -> None:
        """Wait until all that was answered is committed."""
        await self._settlements.drain()

    def answered(self, results: Sequence[tuple[Delivery, Delivered]]) -> None:
        """Settle the rows whose last part is answered."""
        for delivery, response in results:
            delivery.unanswered -= 1
            answer = verdict(response.command_status)
            if answer is not Verdict.OK:
                delivery.worst = answer
            if delivery.unanswered == 0 and not delivery.is_settled:
                delivery.is_settled = True
                self._put(_Settled(delivery.row_id, delivery.worst))

    def unanswered(self, deliveries: Sequence[Delivery]) -> None:
        """Give rows back whole; answers to other parts of them count no more."""
        for delivery in deliveries:
            if not delivery.is_settled:
                delivery.is_settled = True
                self._put(_Settled(delivery.row_id, None))
        self.wake()

    def freed(self) -> None:
        """Look for what was left for want of capacity."""
        if self._is_there_more:
            self.wake()

    async def _deliver(self) -> None:
        by_credential: dict[str, list[Session]] = {}
        is_one_full = False
        for session in self._sessions():
            if session.capacity:
                by_credential.setdefault(session.identity.credential.sid, []).append(session)
            elif session.bind_type is not BindType.TRANSMITTER:
                is_one_full = True
        self._is_there_more = is_one_full
        if not by_credential:
            return
        room = {sid: sum(s.capacity for s in mine) for sid, mine in by_credential.items()}
        if self._claim_failed:
            await esme_outbox.release_unknown(self._database, self._sid, self._claimed)
            self._claim_failed = False
        owed = await esme_outbox.claim(self._database, self._sid, room)
        self._claimed.update(row.id for row in owed)
        self._is_there_more = is_one_full or len(owed) >= min(room.values())
        full: set[str] = set()
        unfit: list[int] = []
        for row in owed:
            credential_sid = row.smpp_credential_sid
            # Behind one that does not fit nothing goes before it: it would wait for ever.
            if credential_sid in full or not self._write(by_credential[credential_sid], row):
                full.add(credential_sid)
                self._is_there_more = True
                unfit.append(row.id)
        if unfit:
            await self._give_back(unfit)

    async def _give_back(self, row_ids: Sequence[int]) -> None:
        """Let rows wait again, before the next claim: it would overtake them."""
        self._claimed.difference_update(row_ids)  # if it fails, they are freed as a lost claim is
        async with self._database.single() as connection:
            await esme_outbox.settle(connection, [], [], row_ids)

    def _write(self, sessions: list[Session], owed: Owed) -> bool:
        """Write a row's parts on the freest session; False: they do not fit yet."""
        session = max(sessions, key=lambda one: (one.capacity, -one.identity.turn))
        try:
            pdus = owed.to_pdus(session.identity.dialect)
            if session.capacity < len(pdus):
                return False
            delivery = Delivery(owed.id, len(pdus))
            session.deliver([(delivery, pdu) for pdu in pdus])
        except ValueError as error:
            # It will not fit the wire next time either, and must not hold up the others.
            log.error("esme_delivery.unwritable", message_sid=owed.message_sid, error=str(error))  # noqa: TRY400 the cause says it all
            self._put(_Settled(owed.id, Verdict.PERMANENT))
        self._turn += 1
        session.identity.turn = self._turn
        return True

    def _put(self, settled: _Settled) -> None:
        """Have it committed, however long the database is away: it must not be delivered twice."""

        def heed(committed: asyncio.Future[None]) -> None:
            error = None if committed.cancelled() else committed.exception()
            if isinstance(error, ServiceUnavailable):
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._put, settled)
            elif error is not None:
                log.error("esme_delivery.unsettled", error=str(error))

        self._settlements.offer(settled).add_done_callback(heed)

    async def _settle(self, batch: Sequence[_Settled]) -> None:
        done, later, again = [], [], []
        for settled in batch:
            if settled.verdict is None:
                again.append(settled.row_id)
            elif settled.verdict in {Verdict.OK, Verdict.PERMANENT}:
                done.append(settled.row_id)
            else:
                later.append(settled.row_id)
        async with self._database.single() as connection:
            await esme_outbox.settle(connection, done, later, again)
        self._claimed.difference_update(settled.row_id for settled in batch)
