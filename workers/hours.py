"""Has traffic counted by the hour, beside the clock's duties: an hour of much takes seconds."""

from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging import traffic_hours
from workers.pulse import pulse

log = structlog.get_logger()

EVERY_SECONDS: Final = 60.0


class Hours:
    """The hours of all carriers, by one process; any number may run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Count until cancelled."""
        while True:
            try:
                while await traffic_hours.count_next(self._database, datetime.now(UTC)):
                    pass
            except UNAVAILABLE as error:
                log.warning("hours.delayed", error=str(error))
            await pulse(EVERY_SECONDS)
