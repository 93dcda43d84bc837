"""What may be due, seen at a glance: a system at rest is asked one thing, not twelve."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Final

from smsc.db import Database
from smsc.messaging import processes
from smsc.messaging.guard import quarantine
from smsc.messaging.reading import exports
from smsc.messaging.receiving import parts
from smsc.messaging.sending import bulks, release, validity
from smsc.messaging.tracing import probe_rows
from smsc.messaging.verification import verify
from smsc.webhooks import bulk_callbacks, claiming, endpoints, event_deliveries

FRESH_SECONDS: Final = 1.0  # an earlier glance of the process is as good
PATIENCE_SECONDS: Final = 2.0  # somebody may hold one of the tables


class Sight(StrEnum):
    """What a glance looks for."""

    SCHEDULED = "scheduled"
    DEADLINES = "deadlines"
    BULKS = "bulks"
    EXPORTS = "exports"
    DEAD_PROCESSES = "dead_processes"
    QUARANTINED = "quarantined"
    PARTS = "parts"
    PROBES = "probes"
    VERIFICATIONS = "verifications"
    WEBHOOKS = "webhooks"
    FAILING_ENDPOINTS = "failing_endpoints"
    BULK_CALLBACKS = "bulk_callbacks"
    EVENTS = "events"


# Each finds a row wherever the statement that it spares would find one; it may find more.
_LOOKS: Final[Mapping[Sight, str]] = {
    Sight.DEADLINES: validity.ANY_DUE,
    Sight.BULKS: bulks.ANY_DUE,
    Sight.EXPORTS: exports.ANY_DUE,
    Sight.DEAD_PROCESSES: processes.ANY_DUE,
    Sight.QUARANTINED: quarantine.ANY_DUE,
    Sight.PARTS: parts.ANY_DUE,
    Sight.PROBES: probe_rows.ANY_DUE,
    Sight.VERIFICATIONS: verify.ANY_DUE,
    Sight.WEBHOOKS: claiming.ANY_DUE,
    Sight.FAILING_ENDPOINTS: endpoints.ANY_DUE,
    Sight.BULK_CALLBACKS: bulk_callbacks.ANY_DUE,
    Sight.EVENTS: event_deliveries.ANY_DUE,
}
_COLUMNS: Final = ", ".join(f"EXISTS ({look}) AS {sight}" for sight, look in _LOOKS.items())
GLANCE: Final = f"""
SELECT extract(epoch FROM now())::float8 AS clock, ({release.NEXT_DUE}) AS next_scheduled,
       {_COLUMNS}
"""  # noqa: S608 built of constants


@dataclass(frozen=True, slots=True)
class Glance:
    """What there was to see."""

    at: float  # monotonic, when it was asked for
    clock: float | None  # the database's, in seconds since 1970; None: it could not be asked
    next_scheduled: float | None  # in so many seconds a message is due
    seen: frozenset[Sight]


class Glances:
    """The glances of one process: all of its loops look together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = asyncio.Lock()
        self._last: Glance | None = None

    async def look(self) -> Glance:
        """Look now. Where a table is held all may be due: whoever needs another goes on."""
        at = monotonic()
        try:
            async with self._database.single() as connection:
                row = await connection.fetchrow(GLANCE, timeout=PATIENCE_SECONDS)
        except TimeoutError:
            self._last = Glance(at, None, None, frozenset(Sight))
            return self._last
        assert row is not None  # noqa: S101 one row, always
        seen = {sight for sight in _LOOKS if row[sight]}
        following: float | None = row["next_scheduled"]
        if following is not None and following <= 0:
            seen.add(Sight.SCHEDULED)
        self._last = Glance(at, row["clock"], following, frozenset(seen))
        return self._last

    async def shows(self, sight: Sight) -> bool:
        """Say whether there was something of this within the last moment."""
        async with self._looking:
            last = self._last
            if last is None or last.at < monotonic() - FRESH_SECONDS:
                last = await self.look()
        return sight in last.seen
