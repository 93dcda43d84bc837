"""Leases: the right of one process to run one connector, by the database's clock (house rule 4)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Final

from smsc.db import Database

LEASE_SECONDS: Final = 10
SAFETY_SECONDS: Final = 2  # before the end nothing more is written


@dataclass(frozen=True, slots=True)
class Lease:
    """One connector's lease of this process."""

    connector_sid: str
    carrier_sid: str
    epoch: int
    ends_at: float  # monotonic; never later than the database's end of it

    def allows_writing(self, now: float) -> bool:
        """Say whether there is time enough left for a write to reach the remote."""
        return now < self.ends_at - SAFETY_SECONDS


@dataclass(frozen=True, slots=True)
class BindNote:
    """How one bind of a connector stands, and why."""

    system_id: str
    bind_type: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class StateNote:
    """How a connector stands as a whole, and each of its binds."""

    lease: Lease
    state: str
    reason: str
    binds: tuple[BindNote, ...]


async def take(database: Database, owner: str, most: int) -> list[Lease]:
    """Take over up to `most` connectors that nobody runs; each gets a new epoch."""
    asked_at = monotonic()
    async with database.single() as connection:
        rows = await connection.fetch(
            """
            WITH free AS (
              SELECT l.connector_sid FROM connector_leases l
              JOIN connectors c ON c.sid = l.connector_sid
              WHERE (l.owner IS NULL OR l.expires_at <= now()) AND NOT c.paused AND NOT c.dials_in
                AND (c.lent_until IS NULL OR c.lent_until <= now())
              ORDER BY l.connector_sid LIMIT $3 FOR UPDATE OF l SKIP LOCKED
            )
            UPDATE connector_leases l
            SET owner = $1, epoch = l.epoch + 1, expires_at = now() + make_interval(secs => $2),
                state = 'connecting', reason = '', state_at = now(), bound_since = NULL,
                bind_states = '[]', figures = '[]'
            FROM free WHERE l.connector_sid = free.connector_sid
            RETURNING l.connector_sid, l.carrier_sid, l.epoch
            """,
            owner,
            LEASE_SECONDS,
            most,
        )
    return [Lease(sid, carrier, epoch, asked_at + LEASE_SECONDS) for sid, carrier, epoch in rows]


async def take_one(database: Database, owner: str, connector_sid: str) -> Lease | None:
    """Take over the connector whose remote has dialled in; None: another process runs it."""
    asked_at = monotonic()
    async with database.single() as connection:
        row = await connection.fetchrow(
            """
            UPDATE connector_leases
            SET owner = $1, epoch = epoch + 1, expires_at = now() + make_interval(secs => $2),
                state = 'connecting', reason = '', state_at = now(), bound_since = NULL,
                bind_states = '[]', figures = '[]'
            WHERE connector_sid = $3 AND (owner IS NULL OR owner = $1 OR expires_at <= now())
            RETURNING connector_sid, carrier_sid, epoch
            """,
            owner,
            LEASE_SECONDS,
            connector_sid,
        )
    return None if row is None else Lease(row[0], row[1], row[2], asked_at + LEASE_SECONDS)


async def release(database: Database, owner: str, connector_sids: Sequence[str], why: str) -> None:
    """Give connectors up, drained: whoever is free may take them at once."""
    async with database.single() as connection:
        await connection.execute(
            """
            UPDATE connector_leases
            SET owner = NULL, expires_at = now(), state = 'unowned', reason = $3, state_at = now(),
                bound_since = NULL, bind_states = '[]', figures = '[]'
            WHERE owner = $1 AND connector_sid = ANY($2::text[])
            """,
            owner,
            connector_sids,
            why,
        )


async def note_state(database: Database, owner: str, note: StateNote) -> None:
    """Write what the owner says of a connector's binds; another's word is not overwritten."""
    async with database.single() as connection:
        await connection.execute(
            """
            UPDATE connector_leases
            SET state = $4, reason = $5, state_at = now(), bind_states = $6::jsonb,
                bound_since = CASE WHEN $4 <> 'bound' THEN NULL
                                   WHEN state = 'bound' THEN bound_since ELSE now() END
            WHERE connector_sid = $1 AND owner = $2 AND epoch = $3
            """,
            note.lease.connector_sid,
            owner,
            note.lease.epoch,
            note.state,
            note.reason,
            json.dumps([asdict(bind) for bind in note.binds]),
        )
