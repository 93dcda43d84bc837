"""Carries out probes of connectors: with the lease borrowed, and only one thing at a time."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.doctor import Finding, Report, Target, examine, examine_with_smpplib
from smsc.doctor.asked import Asked
from smsc.errors import GatewayError
from smsc.jobs import PROBES_QUEUE, Bells, run_jobs
from smsc.messaging.sending import lending
from smsc.messaging.tracing import probe_rows
from smsc.messaging.tracing.probe_rows import ClaimedProbe
from smsc.vault import Vault
from workers.config import read_configs
from workers.glances import Glances, Sight
from workers.pulse import pulse

log = structlog.get_logger()

MOST_AT_ONCE: Final = 4
LONGEST: Final = timedelta(minutes=20)
NOTE_SECONDS: Final = 0.5  # between looks at what was found
SWEEP_SECONDS: Final = 5.0


class Prober:
    """The probes of one gateway process. A job of arq begins one, its row says all else."""

    def __init__(
        self,
        process_sid: str,
        database: Database,
        bells: Bells,
        vault: Vault,
        redis_url: str,
        glances: Glances,
    ) -> None:
        self._sid = process_sid
        self._database = database
        self._bells = bells
        self._vault = vault
        self._redis_url = redis_url
        self._glances = glances
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Carry out probes until cancelled; what runs then fails, and its lease goes back."""
        jobs = run_jobs(
            self._redis_url, PROBES_QUEUE, {"probe": self.probe}, most=MOST_AT_ONCE, longest=LONGEST
        )
        try:
            await asyncio.gather(jobs, self._sweep())
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def probe(self, sid: str) -> None:
        """Carry out a probe, if it still waits. A Redis that goes away does not end it."""
        await asyncio.shield(self._begin(sid))

    def _begin(self, sid: str) -> asyncio.Task[None]:
        task = self._running.get(sid)
        if task is None:

            def forget(_: asyncio.Task[None]) -> None:
                del self._running[sid]

            task = self._running[sid] = asyncio.create_task(self._carry_out(sid))
            task.add_done_callback(forget)
        return task

    async def _sweep(self) -> None:
        """Begin what no job announced."""
        while True:
            try:
                if await self._glances.shows(Sight.PROBES):
                    for sid in await probe_rows.untaken(self._database):
                        if len(self._running) < MOST_AT_ONCE:
                            self._begin(sid)
            except UNAVAILABLE as error:
                log.warning("probes.unseen", error=str(error))
            await pulse(SWEEP_SECONDS)

    async def _carry_out(self, sid: str) -> None:
        try:
            claimed = await probe_rows.claim(self._database, self._sid, sid)
            if claimed is None:
                return
            log.info("probe.begun", probe=sid, connector_sid=claimed.connector_sid)
            progress = _Progress()
            failure: str | None = "a fault of ours ended it: the gateway's log says which"
            try:
                failure = await self._examine(claimed, progress)
            except asyncio.CancelledError:
                failure = "the process that carried it out was stopped"
                raise
            finally:
                report = progress.as_json()
                await probe_rows.finish(self._database, self._sid, sid, report, failure)
            log.info("probe.ended", probe=sid, failure=failure)
        except UNAVAILABLE as error:  # the clock fails what is left of it
            log.warning("probe.lost", probe=sid, error=str(error))
        except Exception:
            log.exception("probe.broken", probe=sid)

    async def _examine(self, claimed: ClaimedProbe, progress: "_Progress") -> str | None:
        """Examine with the lease borrowed; return why not, if not."""
        try:
            async with (
                asyncio.timeout(LONGEST.total_seconds()),
                lending.borrowed(
                    self._database,
                    self._bells.announce_change,
                    claimed.connector_sid,
                    claimed.sid,
                ) as lost,
            ):
                target = await self._target(claimed.connector_sid)
                return await self._watch_over(claimed, target, progress, lost)
        except TimeoutError:
            return f"it took longer than {LONGEST.total_seconds() / 60:g} minutes"
        except GatewayError as error:
            return str(error)

    async def _watch_over(
        self, claimed: ClaimedProbe, target: Target, progress: "_Progress", lost: asyncio.Event
    ) -> str | None:
        examining = asyncio.create_task(_examine(target, Asked.read(claimed.asked), progress))
        losing = asyncio.create_task(lost.wait())
        try:
            while not examining.done():
                await asyncio.wait(
                    {examining, losing},
                    timeout=NOTE_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if losing.done():
                    return "the connector's lease was lost: the database was away for too long"
                await probe_rows.note(self._database, self._sid, claimed.sid, progress.as_json())
            progress.report = examining.result()
            return None
        finally:
            for task in (examining, losing):
                task.cancel()
            await asyncio.gather(examining, losing, return_exceptions=True)

    async def _target(self, connector_sid: str) -> Target:
        configs = await read_configs(self._database, self._vault, [connector_sid], even_idle=True)
        bind = configs[connector_sid].binds[0]
        return Target(
            host=bind.host,
            port=bind.port,
            system_id=bind.system_id,
            password=bind.password,
            system_type=bind.system_type,
            interface_version=bind.interface_version,
            ssl_context=bind.ssl_context,
            tls_server_name=bind.tls_server_name,
        )


class _Progress:
    """What was found so far; plain assignments, since smpplib examines in a thread."""

    def __init__(self) -> None:
        self.report: Report | None = None
        self.findings: list[dict[str, object]] = []

    def as_json(self) -> dict[str, object]:
        """Return the report, whole or as far as it goes."""
        return self.report.as_json() if self.report is not None else {"findings": self.findings[:]}


async def _examine(target: Target, asked: Asked, progress: _Progress) -> Report:
    def found(finding: Finding) -> None:
        progress.findings.append(asdict(finding))

    if asked.engine == "smsc":
        return await examine(target, asked.probe, idle=asked.idle, found=found)
    work = asyncio.ensure_future(
        asyncio.to_thread(examine_with_smpplib, target, asked.probe, idle=asked.idle, found=found)
    )
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])  # a thread can't be stopped: the lease is not ours to return yet
        raise
