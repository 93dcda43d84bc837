"""Does what is due: parts that never came, claims of the dead, rows that nobody will ask for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from smsc.billing import usage_rollup
from smsc.db import UNAVAILABLE, Database
from smsc.jobs import Bells
from smsc.messaging import clock_jumps, outages, processes, purging, rekeying, retention
from smsc.messaging.accept import beside
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.messaging.esmes import esme_outbox
from smsc.messaging.guard import blocks, quarantine
from smsc.messaging.reading import exports
from smsc.messaging.receiving import inbound, parking
from smsc.messaging.sending import bulks, held, orphans, schedule, validity, vitals
from smsc.messaging.sending.schedule import Schedule
from smsc.messaging.tracing import api_requests, kept_pdus, probe_rows
from smsc.messaging.verification import verify
from smsc.provisioning import mails
from smsc.webhooks import alerts, endpoints, event_deliveries
from workers.glances import Glance, Glances, Sight
from workers.pulse import pulse

log = structlog.get_logger()

UNSEEN_SECONDS: Final = 60.0  # a duty is done so often, whatever there was to see
SET_BACK_SECONDS: Final = 2.0  # more than a clock is ever slewed
TICK_SECONDS: Final = 1.0
_LEAST_WAIT: Final = 0.05  # seconds, where the next message is due at once
RELEASES_AT_ONCE: Final = 3  # transactions, once one was not enough


@dataclass(slots=True)
class _Duty:
    name: str
    every_seconds: float
    do: Callable[[], Awaitable[int]]  # returns how many things it did
    sight: Sight | None = None  # without which there is nothing to do
    due_at: float = 0.0
    done_at: float = 0.0
    again_if_done: bool = False  # more of it may be there


class Clock:
    """The duties of one process; any number of clocks may run, each duty is one statement."""

    def __init__(
        self, database: Database, directory: Directory, bells: Bells, glances: Glances
    ) -> None:
        self._database = database
        self._directory = directory
        self._bells = bells
        self._glances = glances
        self._schedule = Schedule(database, directory, Outbound(database, directory, bells))
        self._ahead: float | None = None  # the database's clock, of our monotonic one
        self._duties = [
            _Duty("messages.released", 0.0, self._release, Sight.SCHEDULED),
            _Duty("quarantined.held", 2.0, self._hold_quarantined, Sight.QUARANTINED),
            _Duty("claims.freed", 2.0, self._bury_dead, Sight.DEAD_PROCESSES),
            _Duty("messages.joined_partially", 5.0, self._take_overdue, Sight.PARTS),
            _Duty("segments.given_up", 30.0, self._give_up_held),
            _Duty("messages.orphaned", 30.0, self._fail_orphans),
            _Duty("messages.expired", 1.0, self._expire, Sight.DEADLINES),
            _Duty("bulks.looked_after", 1.0, self._look_after_bulks, Sight.BULKS),
            _Duty("segments.expired", 30.0, self._expire_oldest),
            _Duty("idempotency_keys.forgotten", 600.0, self._forget_keys),
            _Duty("esme_deliveries.forgotten", 600.0, self._forget_deliveries),
            _Duty("receipts.orphaned", 600.0, self._forget_parked),
            _Duty("webhooks.resumed", 30.0, self._release_forgotten),
            _Duty("webhooks.given_up", 600.0, self._give_up_parked),
            _Duty("messages.past_their_terms", 60.0, self._keep_terms),
            _Duty("messages.sealed_anew", 3600.0, self._replace_keys),
            _Duty("day_keys.ended", 3600.0, self._end_keys),
            _Duty("alerts.forgotten", 600.0, self._forget_alerts),
            _Duty("connectors.told", 5.0, self._watch_connectors),
            _Duty("quotas.told", 30.0, self._watch_quotas),
            _Duty("events.forgotten", 600.0, self._forget_events),
            _Duty("requests.forgotten", 600.0, self._forget_requests),
            _Duty("blocks.forgotten", 3600.0, self._forget_blocks),
            _Duty("verifications.redacted", 10.0, self._expire_verifications, Sight.VERIFICATIONS),
            _Duty("pdus.forgotten", 60.0, self._forget_pdus),
            _Duty("usage.rolled_up", 600.0, self._roll_up_usage),
            _Duty(
                "export_lines.written", 1.0, self._write_exports, Sight.EXPORTS, again_if_done=True
            ),
            _Duty("exports.forgotten", 600.0, self._forget_exports),
            _Duty("connector_hours.forgotten", 3600.0, self._forget_hours),
            _Duty("mails.forgotten", 3600.0, self._forget_mails),
            _Duty("probes.failed", 5.0, self._fail_probes, Sight.PROBES),
            _Duty("probes.forgotten", 3600.0, self._forget_probes),
        ]

    async def run(self) -> None:
        """Do what is due until cancelled."""
        while True:
            wait = TICK_SECONDS
            try:
                glance = await self._glances.look()
                await self._tick(glance)
                if glance.next_scheduled is not None and glance.next_scheduled > 0:
                    wait = glance.at + glance.next_scheduled - monotonic()
            except UNAVAILABLE as error:
                log.warning("clock.delayed", error=str(error))
            if wait < TICK_SECONDS:
                await asyncio.sleep(max(wait, _LEAST_WAIT))
            else:
                await pulse(TICK_SECONDS)

    async def _tick(self, glance: Glance) -> None:
        self._tell(await self._watch_clock(glance))
        for duty in self._duties:
            now = monotonic()
            if duty.due_at > now + TICK_SECONDS / 2:  # the tick is not to the millisecond
                continue
            if (
                duty.sight is not None
                and duty.sight not in glance.seen
                and duty.done_at > now - UNSEEN_SECONDS
            ):
                continue
            duty.due_at, duty.done_at = now + duty.every_seconds, now
            if await self._do(duty) and duty.again_if_done:
                duty.due_at = 0.0  # with the next tick

    async def _do(self, duty: _Duty) -> int:
        try:
            count = await duty.do()
        except UNAVAILABLE as error:
            log.warning("duty.delayed", duty=duty.name, error=str(error))
            return 0
        if count:
            log.info(duty.name, count=count)
        return count

    async def _watch_clock(self, glance: Glance) -> int:
        """Bring forward what would wait for hours because the database's clock was set back."""
        if glance.clock is None:
            return 0
        ahead = glance.clock - glance.at
        before = self._ahead
        if before is not None and ahead > before - SET_BACK_SECONDS:
            self._ahead = ahead
            return 0
        count = await clock_jumps.bring_forward(self._database)
        self._ahead = ahead
        if count:
            log.info("waits.shortened", count=count)
        return count

    async def _release(self) -> int:
        """Queue the scheduled messages that are due, however many; many, side by side."""
        at_once, count = 1, 0
        while True:
            released = await asyncio.gather(*(self._schedule.release() for _ in range(at_once)))
            self._tell(sum(one.failed for one in released))
            done = sum(one.queued + one.failed + one.put_off for one in released)
            count += done
            if done < schedule.MOST_AT_ONCE * at_once:
                return count
            at_once = RELEASES_AT_ONCE

    async def _hold_quarantined(self) -> int:
        return await quarantine.hold(self._database)

    async def _bury_dead(self) -> int:
        dead = await processes.bury_dead(self._database)
        if dead:
            self._bells.ring_webhooks()
            self._bells.ring_esmes()
        return dead

    async def _take_overdue(self) -> int:
        taken = await inbound.take_overdue(self._database, self._directory)
        if taken.webhooks:
            self._bells.ring_webhooks()
        if taken.esme_credentials:
            self._bells.ring_esmes()
        return taken.messages

    async def _give_up_held(self) -> int:
        return self._tell(len(await held.give_up(self._database)))

    async def _fail_orphans(self) -> int:
        return self._tell(await orphans.fail_orphans(self._database))

    async def _expire(self) -> int:
        return self._tell(len(await validity.expire(self._database)))

    async def _look_after_bulks(self) -> int:
        done = await bulks.look_after(self._database)
        if done:
            self._bells.ring_webhooks()
        return done

    async def _expire_oldest(self) -> int:
        return self._tell(len(await validity.expire_oldest(self._database)))

    def _tell(self, changed: int) -> int:
        if changed:
            self._bells.ring_webhooks()
            self._bells.ring_esmes()
        return changed

    async def _write_exports(self) -> int:
        return await exports.write_portion(self._database)

    async def _forget_exports(self) -> int:
        return await exports.forget(self._database)

    async def _forget_keys(self) -> int:
        return await beside.forget_keys(self._database)

    async def _forget_deliveries(self) -> int:
        return await esme_outbox.forget_old(self._database)

    async def _expire_verifications(self) -> int:
        return await verify.expire(self._database)

    async def _release_forgotten(self) -> int:
        return self._tell(await endpoints.release_forgotten(self._database))

    async def _give_up_parked(self) -> int:
        return await endpoints.give_up(self._database)

    async def _roll_up_usage(self) -> int:
        return await usage_rollup.roll_up(self._database, datetime.now(UTC))

    async def _keep_terms(self) -> int:
        return await retention.keep_terms(self._database, datetime.now(UTC))

    async def _replace_keys(self) -> int:
        return await rekeying.replace_keys(self._database, datetime.now(UTC).date())

    async def _end_keys(self) -> int:
        return await purging.end_keys(self._database, datetime.now(UTC).date())

    async def _forget_alerts(self) -> int:
        return await alerts.forget_old(self._database)

    async def _watch_connectors(self) -> int:
        return await outages.watch_connectors(self._database)

    async def _watch_quotas(self) -> int:
        return await outages.watch_quotas(self._database)

    async def _forget_events(self) -> int:
        return await event_deliveries.forget_old(self._database)

    async def _forget_requests(self) -> int:
        return await api_requests.forget(self._database)

    async def _forget_blocks(self) -> int:
        return await blocks.forget_old(self._database)

    async def _fail_probes(self) -> int:
        return await probe_rows.fail_abandoned(self._database)

    async def _forget_hours(self) -> int:
        return await vitals.forget_old(self._database)

    async def _forget_probes(self) -> int:
        return await probe_rows.forget_old(self._database)

    async def _forget_mails(self) -> int:
        return await mails.forget_old(self._database)

    async def _forget_pdus(self) -> int:
        return await kept_pdus.forget_expired(self._database)

    async def _forget_parked(self) -> int:
        return await parking.forget_old(self._database)
