"""Holds leases of connectors and runs each: takes over, renews, follows changes, gives up."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from time import monotonic
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.jobs import Bells, SightPublisher, answer_bells, gateway_queue
from smsc.messaging.directory import Directory
from smsc.messaging.neighbour import Neighbour
from smsc.messaging.receiving import parking, receipts
from smsc.messaging.recorder import Recorder
from smsc.messaging.result_writer import ResultWriter
from smsc.messaging.results import Settled
from smsc.messaging.sending import channels, dispatch, in_doubt, leases, tending
from smsc.messaging.sending.leases import Lease
from smsc.vault import Vault
from workers.config import ConnectorConfig, read_configs
from workers.glances import Glances, Sight
from workers.pulse import is_rung
from workers.runner import ConnectorRunner
from workers.state_notes import StateNotes
from workers.vitals import tell_on

log = structlog.get_logger()

RENEWAL_SECONDS: Final = 4.0  # a database that takes longer is as good as away
TICK_SECONDS: Final = 1.0  # what waits and no bell announced is found within it
TEND_SECONDS: Final = 2.0  # renewal, take-over, changes that no bell announced


class Gateway:
    """The connectors of one process."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        directory: Directory,
        bells: Bells,
        vault: Vault,
        redis_url: str,
        neighbour: Neighbour | None = None,
        *,
        dials: bool = True,
        glances: Glances | None = None,
    ) -> None:
        """`dials`: whether it takes connectors that we bind to, not only devices that dial in.

        `glances`: of the other loops of the process, if there are any that look.
        """
        self._sid = process_sid
        self._dials = dials
        self._glances = glances
        self._database = database
        self._vault = vault
        self._bells = bells
        self._redis_url = redis_url
        self._publisher = SightPublisher(redis_url, vault)
        self._writer = ResultWriter(database, directory, bells, neighbour)
        self._writer.put_back = self._restart_cursors
        self._writer.settled = self._settle_claims
        self._recorder = Recorder(self._writer)
        self._runners: dict[str, ConnectorRunner] = {}
        self._states = StateNotes(database, process_sid)
        self._leaving: set[str] = set()  # draining, to be rebound or given up
        self._arriving: set[str] = set()  # whose device has just dialled in
        self._unattended: set[str] = set()  # whose device was not there at the last tick
        self._followed: object = None  # the fingerprint of the configs that the runners have
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def runners(self) -> Iterable[ConnectorRunner]:
        """Those that run, for the metrics."""
        return self._runners.values()

    @property
    def receipts(self) -> dict[str, Counter[str]]:
        """How many this process has matched, or parked at first, by connector."""
        return {"matched": self._writer.matched, "parked": self._writer.parked}

    def changed(self) -> None:
        """Look at once whether a connector was added, changed or removed."""
        self._changed.set()

    async def run(self) -> None:
        """Run connectors until cancelled; then drain, unbind and give the leases up."""
        recording = asyncio.create_task(self._recorder.run())
        queue = gateway_queue(self._sid)
        self._bells.answer_here(queue, self._ring)
        answering = asyncio.create_task(answer_bells(self._redis_url, queue, {"drain": self._ring}))
        telling = asyncio.create_task(tell_on(self._database, self._sid, self._runners))
        parts = [recording, answering, telling]
        tend_at = 0.0
        try:
            while True:
                if self._changed.is_set():
                    self._changed.clear()
                    tend_at = 0.0
                for task in (*parts, *(t for r in self._runners.values() for t in r.tasks)):
                    # Those of a connector that leaves are cancelled before it is forgotten.
                    if task.done() and not task.cancelled():
                        task.result()  # a fault of ours: the process ends, and starts afresh
                try:
                    began = monotonic()
                    if tend_at <= began + TICK_SECONDS / 2:  # the tick is not to the millisecond
                        await self._tend()
                        tend_at = began + TEND_SECONDS
                    await self._sweep()
                except UNAVAILABLE as error:
                    log.warning("gateway.database_away", error=str(error))
                    await self._abandon_expired()
                await is_rung(self._changed, TICK_SECONDS)
        finally:
            answering.cancel()
            telling.cancel()
            if not recording.done():
                await self._stop(list(self._runners.values()), "the process stopped")
                await self._recorder.drain()
            recording.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await self._publisher.close()

    # -- the tick

    async def _tend(self) -> None:
        """Renew leases, follow what was changed, take over what is free."""
        known = list(self._runners.items())  # one that starts meanwhile is not among the renewed
        async with asyncio.timeout(RENEWAL_SECONDS):
            tended = await tending.tend(self._database, self._sid)
        held = {lease.connector_sid: lease for lease in tended.leases}
        for sid, runner in known:
            lease = held.get(sid)
            if self._runners.get(sid) is not runner:
                continue
            if lease is None or lease.epoch != runner.lease.epoch:
                del self._runners[sid]
                await runner.abandon("its lease is another's now, or the connector is gone")
            else:
                runner.renew(lease)
        await self._follow_configs(held, tended.fingerprint)
        self._leave_unattended()
        if self._dials:
            await self._share(held, tended.share)

    async def _sweep(self) -> None:
        """Wake the runners whose queue has something that no bell announced."""
        if self._glances is not None and not await self._glances.shows(Sight.QUEUED):
            return
        for sid, bulk_lane in await dispatch.waiting(self._database, self._sid):
            waiting = self._runners.get(sid)
            if waiting is not None:
                waiting.sweep(bulk_lane)

    async def _share(self, held: dict[str, Lease], share: int) -> None:
        """Take as many connectors as are this process's share, and no more."""
        mine = [runner for runner in self._runners.values() if not runner.config.dials_in]
        staying = [runner for runner in mine if runner.config.sid not in self._leaving]
        if len(staying) > share:
            self._leave(staying[share:], "another process takes its share")
            self._followed = None
        elif len(mine) < share:
            taken = await leases.take(self._database, self._sid, share - len(mine))
            if taken:
                seen = await tending.fingerprint(self._database, self._sid)
                await self._follow_configs(held | {one.connector_sid: one for one in taken}, seen)

    async def _follow_configs(self, held: dict[str, Lease], seen: object) -> None:
        """Follow what was changed, if anything was: a thousand rows aren't read for nothing."""
        is_settled = held.keys() == self._runners.keys() and not self._leaving
        if is_settled and seen == self._followed:
            return
        # What leaves is looked at again once it has left: it may have changed meanwhile.
        self._followed, was_leaving = None, bool(self._leaving)
        configs = await read_configs(self._database, self._vault, held) if held else {}
        is_leaving = await self._follow(held, configs)
        self._followed = None if was_leaving or is_leaving else seen

    async def _follow(self, held: dict[str, Lease], configs: dict[str, ConnectorConfig]) -> bool:
        """Start what is held and does not run; rebind what was changed; unbind what was paused.

        Say whether something leaves.
        """
        fresh: list[tuple[ConnectorConfig, Lease]] = []
        is_leaving = False
        for sid in held.keys() - self._leaving - self._arriving:
            runner, config = self._runners.get(sid), configs.get(sid)
            if config is None or not self._serves(config, runner):
                if runner is None:
                    await leases.release(self._database, self._sid, [sid], "paused")
                else:
                    self._leave([runner], "paused")
                    is_leaving = True
            elif runner is None:
                fresh.append((config, held[sid]))
            elif config != runner.config:
                self._leaving.add(sid)
                self._spawn(self._rebind(runner, config))
                is_leaving = True
            else:
                await self._refresh(runner, config)
        if fresh:
            await self._settle([lease for _, lease in fresh])
            for config, lease in fresh:
                self._start(config, lease)
        return is_leaving

    def _serves(self, config: ConnectorConfig, runner: ConnectorRunner | None) -> bool:
        """Say whether a connector is for this process: it dials, or its device has dialled in."""
        if config.dials_in:
            return runner is not None and runner.config.dials_in
        return self._dials

    def _leave_unattended(self) -> None:
        """Give up connectors whose device has left, so that it may dial in anywhere."""
        away = {
            sid: runner
            for sid, runner in self._runners.items()
            if runner.config.dials_in and not runner.is_attended and sid not in self._leaving
        }
        gone = [runner for sid, runner in away.items() if sid in self._unattended]
        self._unattended = set(away)
        if gone:
            self._leave(gone, "its device has left")
            self._followed = None

    async def _refresh(self, runner: ConnectorRunner, config: ConnectorConfig) -> None:
        """Follow what changes without a new bind."""
        runner.watch.follow(config)
        self._writer.keeps |= config.pdu_hours > 0
        if config.channels != runner.config.channels:
            runner.follow(config)
            async with self._database.begin() as connection:
                await channels.wake(connection, config.sid)
            runner.sweep()

    async def _settle(self, taken: list[Lease]) -> None:
        """Deal with what earlier owners of these connectors left behind."""
        async with self._database.begin() as connection:
            await in_doubt.settle_earlier(connection, taken)
            sids = [lease.connector_sid for lease in taken]
            await receipts.unpark_for_held(connection, sids)
            self._writer.note_parked(await parking.connectors_with_parked(connection, sids))
        self._bells.ring_webhooks()  # what was in doubt may have failed

    def _start(self, config: ConnectorConfig, lease: Lease) -> None:
        log.info("connector.taken", connector=config.name, epoch=lease.epoch)
        runner = ConnectorRunner(
            config,
            lease,
            self._sid,
            self._database,
            self._recorder,
            self._states.add,
            self._publisher,
        )
        self._runners[config.sid] = runner
        self._writer.keeps |= config.pdu_hours > 0
        runner.start()

    async def _rebind(self, runner: ConnectorRunner, config: ConnectorConfig) -> None:
        await runner.stop()
        await self._recorder.drain()
        self._start(config, runner.lease)
        self._leaving.discard(config.sid)

    def _leave(self, runners: list[ConnectorRunner], why: str) -> None:
        """Have them stop beside the ticks; from now on nothing else is begun with them."""
        self._leaving.update(runner.config.sid for runner in runners)
        self._spawn(self._stop(runners, why))

    async def _stop(self, runners: list[ConnectorRunner], why: str) -> None:
        """Drain and unbind, then give the leases up."""
        if not runners:
            return
        sids = [runner.config.sid for runner in runners]
        self._leaving.update(sids)
        await asyncio.gather(*(runner.stop() for runner in runners))
        await self._recorder.drain()
        try:
            await leases.release(self._database, self._sid, sids, why)
        except UNAVAILABLE as error:
            log.warning("connector.not_released", error=str(error))  # the lease runs out by itself
        for sid in sids:
            self._runners.pop(sid, None)
        self._leaving.difference_update(sids)

    async def _abandon_expired(self) -> None:
        """Without the database nothing can be renewed: what runs out must not be written to."""
        now = monotonic()
        for sid, runner in list(self._runners.items()):
            if not runner.lease.allows_writing(now):
                del self._runners[sid]
                await runner.abandon("its lease ran out while the database was away")

    async def host(self, sid: str) -> ConnectorRunner | None:
        """Run the connector whose device has dialled in here; None: it is run elsewhere."""
        runner = self._runners.get(sid)
        if runner is not None and sid not in self._leaving:
            return runner
        if sid in self._leaving or sid in self._arriving:
            return None
        self._arriving.add(sid)
        try:
            lease = await leases.take_one(self._database, self._sid, sid)
            config = (await read_configs(self._database, self._vault, [sid])).get(sid)
            if lease is None or config is None:
                return None
            await self._settle([lease])
            self._start(config, lease)
        finally:
            self._arriving.discard(sid)
        return self._runners[sid]

    # -- what wakes runners

    def _ring(self, connector_sid: str) -> None:
        runner = self._runners.get(connector_sid)
        if runner is not None:  # else: a bell at the wrong process is dropped
            runner.ring()

    def _settle_claims(self, settled: Settled) -> None:
        for sid, segments in settled.items():
            runner = self._runners.get(sid)
            if runner is not None:
                runner.settled(segments)

    def _restart_cursors(self) -> None:
        for runner in self._runners.values():
            runner.sweep()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
