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
from smsc.messaging.sending import bulks, dispatch, release, validity
from smsc.messaging.tracing import probe_rows
from smsc.messaging.verification import verify
from smsc.webhooks import bulk_callbacks, claiming, endpoints, event_deliveries

FRESH_SECONDS: Final = 0.9  # an earlier glance of the process is as good
JUST_NOW_SECONDS: Final = 0.02  # as good as now: loops that wake together look once
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
    QUEUED = "queued"


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
    Sight.QUEUED: dispatch.ANY_WAITING,
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
        return await self._no_older_than(JUST_NOW_SECONDS)

    async def shows(self, sight: Sight) -> bool:
        """Say whether there was something of this within the last moment."""
        return sight in (await self._no_older_than(FRESH_SECONDS)).seen

    async def _no_older_than(self, seconds: float) -> Glance:
        asked_at = monotonic()
        async with self._looking:
            if self._last is None or self._last.at < asked_at - seconds:
                self._last = await self._look()
            return self._last

    async def _look(self) -> Glance:
        at = monotonic()
        try:
            async with self._database.single() as connection:
                row = await connection.fetchrow(GLANCE, timeout=PATIENCE_SECONDS)
        except TimeoutError:
            return Glance(at, None, None, frozenset(Sight))
        assert row is not None  # noqa: S101 one row, always
        seen = {sight for sight in _LOOKS if row[sight]}
        following: float | None = row["next_scheduled"]
        if following is not None and following <= 0:
            seen.add(Sight.SCHEDULED)
        return Glance(at, row["clock"], following, frozenset(seen))
