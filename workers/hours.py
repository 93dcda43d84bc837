"""What is noted behind the traffic, beside the clock's duties: an hour of much takes seconds.

How much there was by the hour, and when runs of messages were sent.
"""

from datetime import UTC, datetime
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging import sent_spans, traffic_hours
from workers.pulse import pulse

log = structlog.get_logger()

EVERY_SECONDS: Final = 60.0


class Hours:
    """The hours of all carriers, by one process; any number may run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Count and note until cancelled."""
        while True:
            try:
                await self.catch_up()
            except UNAVAILABLE as error:
                log.warning("hours.delayed", error=str(error))
            await pulse(EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Count and note all that is due."""
        while await traffic_hours.count_next(self._database, datetime.now(UTC)):
            pass
        while await sent_spans.note_next(self._database, datetime.now(UTC)):
            pass
