"""When keys were used last: gathered in memory, written once a minute."""

import asyncio
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database

log = structlog.get_logger()

EVERY_SECONDS: Final = 60.0
_STATEMENTS: Final = tuple(
    # One that another process has just written stays: fewer row versions.
    f"""UPDATE {table} SET last_used_at = now() WHERE sid = ANY($1::text[])
        AND (last_used_at IS NULL OR last_used_at < now() - interval '30 seconds')"""  # noqa: S608 ours
    for table in ("api_keys", "carrier_keys", "kannel_users")
)


class LastUse:
    """The keys that were used since they were written last."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def note(self, sid: str) -> None:
        """Remember that a key was used."""
        self._used.add(sid)

    async def write(self, database: Database) -> None:
        """Write what was noted; what can't be written now is noted still."""
        used, self._used = self._used, set()
        if not used:
            return
        try:
            async with database.single() as connection:
                for statement in _STATEMENTS:
                    await connection.execute(statement, list(used))
        except UNAVAILABLE as error:
            self._used |= used
            log.warning("last_use.unwritten", error=str(error))

    async def write_on(self, database: Database) -> None:
        """Write each minute until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write(database)
