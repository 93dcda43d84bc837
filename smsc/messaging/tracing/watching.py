"""Lets somebody watch a connector's PDUs: for as long as they listen, and no longer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from time import monotonic
from typing import Final

from smsc.db import Database
from smsc.jobs import Bells, Sight, sights
from smsc.vault import Vault

# The gateway looks for as long as somebody says so again and again: who goes away needs no goodbye.
LENGTH: Final = timedelta(seconds=15)
RENEWAL_SECONDS: Final = 5.0


async def watch(
    database: Database,
    bells: Bells,
    vault: Vault,
    redis_url: str,
    connector_sid: str,
    length: timedelta,
) -> AsyncGenerator[Sight | None, None]:
    """Yield what a connector's binds write and read, for `length`; None when nothing does.

    The first None says that the connector's owner is told. Ends with the block that reads it.

    Raises:
        ConnectionError: Redis can't be reached.
    """
    end = monotonic() + length.total_seconds()
    renewed_at = None
    async with aclosing(sights(redis_url, vault, connector_sid)) as seen:
        async for sight in seen:
            now = monotonic()
            if now >= end:
                return
            if renewed_at is None or now >= renewed_at + RENEWAL_SECONDS:
                await _renew(database, connector_sid)
                if renewed_at is None:
                    await bells.announce_change()
                renewed_at = now
            yield sight


async def _renew(database: Database, connector_sid: str) -> None:
    async with database.single() as connection:
        await connection.execute(
            "UPDATE connectors SET traced_until = greatest(traced_until, now() + $2::interval) "
            "WHERE sid = $1",
            connector_sid,
            LENGTH,
        )
