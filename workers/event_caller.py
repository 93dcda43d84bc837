"""Tells carriers' programs the events that they subscribe to."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.vault import Vault
from smsc.webhooks import event_deliveries
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.delivery import attempts_of
from smsc.webhooks.event_deliveries import DueEvent
from workers.glances import Glances, Sight
from workers.pulse import pulse

log = structlog.get_logger()

SWEEP_SECONDS: Final = 1.0
MOST_AT_ONCE: Final = 100
MOST_OF_ONE: Final = 16  # of a subscription: one that doesn't answer leaves room for the others


class EventCaller:
    """The events of one process."""

    def __init__(
        self, database: Database, vault: Vault, client: WebhookClient, glances: Glances
    ) -> None:
        self._database = database
        self._vault = vault
        self._client = client
        self._glances = glances
        self._held: Counter[str] = Counter()  # by subscription
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Tell what is due until cancelled."""
        try:
            while True:
                try:
                    if await self._glances.shows(Sight.EVENTS):
                        await self._claim()
                except UNAVAILABLE as error:  # claims end by themselves: at least once
                    log.warning("events.delayed", error=str(error))
                await pulse(SWEEP_SECONDS)
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim(self) -> None:
        while (room := MOST_AT_ONCE - len(self._tasks)) > 0:
            busy = [sid for sid, count in self._held.items() if count >= MOST_OF_ONE]
            most = min(room, MOST_OF_ONE)
            due = await event_deliveries.claim(self._database, most, busy)
            for event in due:
                self._held[event.subscription_sid] += 1
                task = asyncio.create_task(self._tell(event))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if len(due) < most:
                return

    async def _tell(self, event: DueEvent) -> None:
        try:
            outcome = await self._client.fetch(event.request(self._vault, datetime.now(UTC)))
            await event_deliveries.record(
                self._database,
                event,
                attempts_of(outcome, datetime.now(UTC)),
                random.random(),  # noqa: S311 jitter is no secret
                failed=outcome.failure is not None,
            )
        except UNAVAILABLE as error:
            log.warning("event.unrecorded", event_sid=event.event_sid, error=str(error))
        finally:
            self._held[event.subscription_sid] -= 1
            if not self._held[event.subscription_sid]:
                del self._held[event.subscription_sid]
