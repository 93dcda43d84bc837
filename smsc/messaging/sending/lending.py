"""Lends a connector's lease to a probe: some devices take one client only.

The loan and the borrowed lease are both short and renewed by the borrower. One that dies owes
nothing: within seconds both run out, and a gateway takes the connector again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors import Conflict
from smsc.messaging.sending.leases import LEASE_SECONDS

log = structlog.get_logger()

LOAN: Final = timedelta(seconds=15)
RENEWAL_SECONDS: Final = 3.0
# An owner notices within a second; its window may take 10 s to be answered, its unbind 5.
PATIENCE: Final = timedelta(seconds=25)
_POLL_SECONDS: Final = 0.1


@asynccontextmanager
async def borrowed(
    database: Database,
    announce: Callable[[], Awaitable[None]],
    connector_sid: str,
    borrower: str,
    patience: timedelta = PATIENCE,
) -> AsyncIterator[asyncio.Event]:
    """Hold the connector's lease while the block runs; its owner drains and unbinds first.

    The event is set when the lease is lost: then nothing more may be written to the device.

    Raises:
        Conflict: the owner didn't let go in time.
    """
    lost = asyncio.Event()
    renewing: asyncio.Task[None] | None = None
    try:
        await _ask(database, connector_sid)
        await announce()
        await _await_lease(database, connector_sid, borrower, patience)
        renewing = asyncio.create_task(_renew_on(database, connector_sid, borrower, lost))
        yield lost
    finally:
        if renewing is not None:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        with suppress(*UNAVAILABLE):  # then it runs out by itself
            await _give_back(database, connector_sid, borrower)
            await announce()


async def _await_lease(
    database: Database, connector_sid: str, borrower: str, patience: timedelta
) -> None:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                if await _take(database, connector_sid, borrower):
                    return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise Conflict(
            "The gateway that runs the connector did not let go of it within "
            f"{patience.total_seconds():g} s."
        ) from None


async def _renew_on(
    database: Database, connector_sid: str, borrower: str, lost: asyncio.Event
) -> None:
    """Renew until cancelled; set `lost` when that no longer works."""
    try:
        while True:
            async with asyncio.timeout(LEASE_SECONDS - RENEWAL_SECONDS - 2):
                if not await _renew(database, connector_sid, borrower):
                    break
            await asyncio.sleep(RENEWAL_SECONDS)
    except UNAVAILABLE as error:
        log.warning("loan.lost", connector_sid=connector_sid, error=str(error))
    lost.set()


async def _ask(database: Database, connector_sid: str) -> None:
    async with database.single() as connection:
        await connection.execute(
            "UPDATE connectors SET lent_until = now() + $2::interval WHERE sid = $1",
            connector_sid,
            LOAN,
        )


async def _take(database: Database, connector_sid: str, borrower: str) -> bool:
    """Take the lease if its owner has let go; keep asking for it in any case."""
    async with database.single() as connection:
        taken = await connection.fetchval(
            """
            WITH asked AS (
              UPDATE connectors SET lent_until = now() + $4::interval WHERE sid = $1
            )
            UPDATE connector_leases
            SET owner = $2, epoch = epoch + 1, expires_at = now() + make_interval(secs => $3),
                state = 'lent', reason = 'lent to probe ' || $2, state_at = now(),
                bound_since = NULL
            WHERE connector_sid = $1 AND (owner IS NULL OR expires_at <= now())
            RETURNING true
            """,
            connector_sid,
            borrower,
            LEASE_SECONDS,
            LOAN,
        )
    return bool(taken)


async def _renew(database: Database, connector_sid: str, borrower: str) -> bool:
    async with database.single() as connection:
        renewed = await connection.fetchval(
            """
            WITH held AS (
              UPDATE connector_leases SET expires_at = now() + make_interval(secs => $3)
              WHERE connector_sid = $1 AND owner = $2 AND expires_at > now()
              RETURNING connector_sid
            )
            UPDATE connectors c SET lent_until = now() + $4::interval
            FROM held WHERE c.sid = held.connector_sid RETURNING true
            """,
            connector_sid,
            borrower,
            LEASE_SECONDS,
            LOAN,
        )
    return bool(renewed)


async def _give_back(database: Database, connector_sid: str, borrower: str) -> None:
    async with database.single() as connection:
        await connection.execute(
            """
            WITH ended AS (
              UPDATE connectors SET lent_until = NULL WHERE sid = $1
            )
            UPDATE connector_leases
            SET owner = NULL, expires_at = now(), state = 'unowned',
                reason = 'given back by a probe', state_at = now()
            WHERE connector_sid = $1 AND owner = $2
            """,
            connector_sid,
            borrower,
        )
