"""A probe's row as the process that carries it out needs it: claimed once, kept alive, ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from smsc.db import Connection, Database

SILENT_SECONDS: Final = 20  # of its process: then a running probe has failed
UNTAKEN_SECONDS: Final = 300  # then a waiting one has, too
KEPT: Final = timedelta(days=90)
_SWEEP_SECONDS: Final = 2  # after that a job is taken for lost
# For `workers.glances`: whether `fail_abandoned` has anything to do.
ANY_DUE: Final = "SELECT FROM probes WHERE state IN ('waiting', 'running')"


@dataclass(frozen=True, slots=True)
class ClaimedProbe:
    """A probe that this process may carry out."""

    sid: str
    connector_sid: str
    asked: Mapping[str, object]


async def claim(database: Database, owner: str, sid: str) -> ClaimedProbe | None:
    """Take a waiting probe; None: somebody has it, or it is over."""
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            UPDATE probes SET state = 'running', owner = $2, renewed_at = now()
            WHERE sid = $1 AND state = 'waiting' RETURNING sid, connector_sid, asked
            """,
            sid,
            owner,
        )
    return None if row is None else ClaimedProbe(row[0], row[1], json.loads(row[2]))


async def note(database: Database, owner: str, sid: str, report: Mapping[str, object]) -> bool:
    """Write the report so far, and say that its process lives; False: it is no longer ours."""
    async with database.single() as connection:
        noted = await connection.fetchval(
            """
            UPDATE probes SET report = $3, renewed_at = now()
            WHERE sid = $1 AND owner = $2 AND state = 'running' RETURNING true
            """,
            sid,
            owner,
            json.dumps(report),
        )
    return bool(noted)


async def finish(
    database: Database, owner: str, sid: str, report: Mapping[str, object], failure: str | None
) -> None:
    """End a probe, with why it failed if it did."""
    async with database.single() as connection:
        await connection.execute(
            """
            UPDATE probes SET state = $4, report = $3, finished_at = now()
            WHERE sid = $1 AND owner = $2 AND state = 'running'
            """,
            sid,
            owner,
            json.dumps({**report, **({} if failure is None else {"failure": failure})}),
            "done" if failure is None else "failed",
        )


async def untaken(database: Database) -> list[str]:
    """Return the probes whose job was lost on the way."""
    async with database.single() as connection:
        rows = await connection.fetch(
            "SELECT sid FROM probes WHERE state = 'waiting' "
            "AND created_at < now() - make_interval(secs => $1) ORDER BY sid",
            _SWEEP_SECONDS,
        )
    return [row[0] for row in rows]


async def fail_abandoned(database: Database) -> int:
    """Fail what nobody carries out any more; say how many probes that were."""
    async with database.begin() as connection:
        silent = await _fail(
            connection,
            "state = 'running' AND renewed_at < now() - make_interval(secs => $2)",
            "the process that carried it out stopped",
            SILENT_SECONDS,
        )
        waited = await _fail(
            connection,
            "state = 'waiting' AND created_at < now() - make_interval(secs => $2)",
            "no gateway process took it: is one running?",
            UNTAKEN_SECONDS,
        )
    return silent + waited


async def forget_old(database: Database) -> int:
    """Remove probes that ended long ago: they name numbers; say how many that were."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM probes WHERE finished_at < now() - $1::interval", KEPT
        )
    return int(status.rpartition(" ")[2])


async def _fail(connection: Connection, which: str, why: str, seconds: int) -> int:
    status = await connection.execute(
        f"""
        UPDATE probes SET state = 'failed', finished_at = now(),
               report = report || jsonb_build_object('failure', $1::text)
        WHERE {which}
        """,  # noqa: S608 one of the two conditions above
        why,
        seconds,
    )
    return int(status.rpartition(" ")[2])
