"""Gives back what was claimed for a server that is paused, until it works again."""

from smsc.db import UNAVAILABLE, Database
from smsc.webhooks import endpoints
from smsc.webhooks.callback_batches import Batches
from smsc.webhooks.delivery import DueWebhook


class Parking:
    """Webhooks of one process on their way to be parked."""

    def __init__(self, process_sid: str, database: Database, batches: Batches) -> None:
        self._sid = process_sid
        self._database = database
        self._batches = batches
        self._waiting: list[DueWebhook] = []  # claimed: nobody else would park them

    def __bool__(self) -> bool:
        """Say whether something is to be parked."""
        return bool(self._waiting)

    def add(self, webhook: DueWebhook) -> None:
        """Park it soon."""
        self._waiting.append(webhook)

    async def park(self) -> None:
        """Park what waits for it; those of batches get their rows first."""
        if not self._waiting:
            return
        parked, self._waiting = self._waiting, []
        try:
            parked = await self._batches.with_rows(self._database, self._sid, parked)
            await endpoints.park(self._database, parked)
        except UNAVAILABLE:
            self._waiting += parked
            raise
