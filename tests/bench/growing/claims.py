"""What a claim of 100 segments takes from a short queue and from a long one, by turns."""

import asyncio
import base64
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import asyncpg
from pydantic import SecretStr

from smsc import migrate, sids
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.leases import Lease
from smsc.vault import Vault
from tests.bench import made_rows
from tests.bench.figures import Figure
from tests.bench.gateway import provision

MOST = 100
TURNS = 50
NOWHERE = 9  # a port; no process of ours runs, so nobody binds to it


def measure(short: int, long: int) -> list[Figure]:
    """Fill two connectors' queues of a database that nothing else uses, and claim."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            migrate.upgrade(server.url)
            return asyncio.run(_claim(server.url, short, long))
        finally:
            server.stop()
            server.folders.remove_state()


async def _claim(url: str, *depths: int) -> list[Figure]:
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    await provision(url, vault, NOWHERE, len(depths))
    owner = sids.make(sids.Prefix.PROCESS)
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "UPDATE connector_leases SET owner = $1, epoch = 1, "
            "expires_at = now() + interval '1 day' RETURNING connector_sid, carrier_sid",
            owner,
        )
        leases = [Lease(row[0], row[1], 1, time.monotonic() + 86400) for row in rows]
        for lease, depth in zip(leases, depths, strict=True):
            octets = await made_rows.make(connection, made_rows.WAITING, lease.connector_sid, depth)
    finally:
        await connection.close()
    took: dict[int, list[float]] = {depth: [] for depth in depths}
    anew: dict[int, list[float]] = {depth: [] for depth in depths}
    async with await Database.connect(url, size=1, name="bench") as database:
        cursors = [dispatch.QueueCursor() for _ in depths]
        for _ in range(TURNS):
            for place, depth in enumerate(depths):
                took[depth].append(await _timed(database, leases[place], owner, cursors[place]))
        for _ in range(TURNS // 5):
            for place, depth in enumerate(depths):
                anew[depth].append(
                    await _timed(database, leases[place], owner, dispatch.QueueCursor())
                )
    figures = []
    for depth in depths:
        words = f"claim of {MOST}, {depth:,} waiting"
        figures += [
            Figure(f"claim_{depth}_ms", f"{words}, ms", median(took[depth]), 2),
            Figure(f"claim_{depth}_anew_ms", f"{words}, no cursor, ms", median(anew[depth]), 2),
        ]
    return [*figures, Figure("octets_waiting", "octets a waiting message", octets)]


async def _timed(
    database: Database, lease: Lease, owner: str, cursor: dispatch.QueueCursor
) -> float:
    """Claim once; return milliseconds.

    Raises:
        RuntimeError: fewer were claimed than asked for.
    """
    began = time.perf_counter()
    claims = await dispatch.claim(database, lease, owner, cursor, MOST)
    took = 1000 * (time.perf_counter() - began)
    if len(claims) != MOST:
        raise RuntimeError(f"{len(claims)} of {MOST} were claimed: the queue is too short")
    return took
