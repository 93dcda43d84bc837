"""Looks four times a minute whether a carrier's rules hold, and counts the rates that they need."""

from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from smsc.db import UNAVAILABLE, Database
from smsc.messaging import alarms, delivery_rates
from smsc.vault import Vault
from workers.pulse import pulse

log = structlog.get_logger()

EVERY_SECONDS: Final = 15.0


class Alarms:
    """The rules of all carriers, by one process; any number may run."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except (*UNAVAILABLE, DBAPIError, PoolExhausted) as error:
                log.warning("alarms.delayed", error=str(error))
            await pulse(EVERY_SECONDS)

    async def look(self) -> None:
        """Count what is to be counted, then raise and resolve."""
        if not await alarms.has_rules(self._database):
            return
        while await delivery_rates.count_next(self._database, datetime.now(UTC)):
            pass
        if told := await alarms.evaluate(self._database, self._vault):
            log.info("alarms.told", count=told)
