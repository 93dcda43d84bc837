"""Calls customers' webhooks for bulks that have come to their end."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging.directory import Directory
from smsc.webhooks import bulk_callbacks
from smsc.webhooks.bulk_callbacks import DueCallback
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.delivery import attempts_of
from workers.glances import Glances, Sight
from workers.pulse import pulse

log = structlog.get_logger()

SWEEP_SECONDS: Final = 1.0


class BulkCaller:
    """The callbacks of bulks, by one process."""

    def __init__(
        self, database: Database, directory: Directory, client: WebhookClient, glances: Glances
    ) -> None:
        self._database = database
        self._directory = directory
        self._client = client
        self._glances = glances

    async def run(self) -> None:
        """Call what is due until cancelled."""
        while True:
            try:
                if await self._glances.shows(Sight.BULK_CALLBACKS):
                    due = await bulk_callbacks.claim(self._database)
                    await asyncio.gather(*(self._call(callback) for callback in due))
            except UNAVAILABLE as error:  # claims end by themselves: at least once
                log.warning("bulk_callbacks.delayed", error=str(error))
            await pulse(SWEEP_SECONDS)

    async def _call(self, callback: DueCallback) -> None:
        account = await self._directory.account(callback.account_sid)
        if account is None:
            await bulk_callbacks.record(self._database, callback, (), None)
            return
        outcome = await self._client.fetch(callback.request(account.auth_token))
        attempts = attempts_of(outcome, datetime.now(UTC))
        again = None
        if outcome.failure is not None:
            again = bulk_callbacks.retry_in(callback, random.random())  # noqa: S311 jitter
        await bulk_callbacks.record(self._database, callback, attempts, again)
