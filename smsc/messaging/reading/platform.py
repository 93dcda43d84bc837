"""What whoever runs the platform sees of it: carriers, processes, leases, and the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc.db import Database

MOST_LEASES: Final = 200
MOST_TABLES: Final = 60
MOST_CARRIERS: Final = 200


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """A carrier, with how many of what it has."""

    sid: str
    name: str
    created_at: datetime
    accounts: int
    connectors: int
    bound: int
    people: int


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A worker that lives, and how many connectors it runs."""

    sid: str
    kinds: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    leases: int


@dataclass(frozen=True, slots=True)
class LeaseLine:
    """A connector, who runs it, and until when its lease lasts without a renewal."""

    connector_sid: str
    connector_name: str
    carrier_name: str
    owner: str | None
    epoch: int
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table, with its indexes: octets, and rows as the last ANALYZE estimated them."""

    name: str
    octets: int
    rows: int
    vacuumed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The server and what it holds."""

    version: str
    octets: int
    connections: int
    most_connections: int
    tables: Sequence[TableLine]


async def carriers(database: Database) -> Sequence[CarrierLine]:
    """Return all carriers, oldest first."""
    async with database.single() as connection:
        return [CarrierLine(*row) for row in await connection.fetch(_CARRIERS, MOST_CARRIERS)]


async def processes(database: Database) -> Sequence[ProcessLine]:
    """Return the workers whose heart beats."""
    async with database.single() as connection:
        return [ProcessLine(*row) for row in await connection.fetch(_PROCESSES)]


async def leases(database: Database) -> Sequence[LeaseLine]:
    """Return the leases of connectors, those that nobody holds first."""
    async with database.single() as connection:
        return [LeaseLine(*row) for row in await connection.fetch(_LEASES, MOST_LEASES)]


async def database_state(database: Database) -> DatabaseState:
    """Return how large it is, table by table."""
    async with database.single() as connection:
        row = await connection.fetchrow(_SERVER)
        tables = [TableLine(*one) for one in await connection.fetch(_TABLES, MOST_TABLES)]
    version, octets, connections, most = row
    return DatabaseState(version, octets, connections, most, tables)


_CARRIERS: Final = """
SELECT c.sid, c.name, c.created_at,
       (SELECT count(*) FROM accounts a WHERE a.carrier_sid = c.sid AND a.status <> 'closed'),
       (SELECT count(*) FROM connectors n WHERE n.carrier_sid = c.sid),
       (SELECT count(*) FROM connector_leases l
        WHERE l.carrier_sid = c.sid AND l.state = 'bound' AND l.expires_at > now()),
       (SELECT count(DISTINCT m.user_sid) FROM memberships m
        WHERE m.carrier_sid = c.sid AND m.state = 'active')
FROM carriers c ORDER BY c.sid LIMIT $1
"""
_PROCESSES: Final = """
SELECT p.sid, p.kinds, p.host, p.pid, p.started_at, p.seen_at,
       (SELECT count(*) FROM connector_leases l WHERE l.owner = p.sid AND l.expires_at > now())
FROM worker_processes p ORDER BY p.sid
"""
_LEASES: Final = """
SELECT l.connector_sid, c.name, r.name, CASE WHEN l.expires_at > now() THEN l.owner END, l.epoch,
       l.expires_at, CASE WHEN l.expires_at > now() THEN l.state ELSE 'unowned' END
FROM connector_leases l
JOIN connectors c ON c.sid = l.connector_sid
JOIN carriers r ON r.sid = l.carrier_sid
ORDER BY l.owner IS NOT NULL AND l.expires_at > now(), r.name, c.name LIMIT $1
"""
_SERVER: Final = """
SELECT split_part(current_setting('server_version'), ' ', 1),
       pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::integer
"""
_TABLES: Final = """
SELECT c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint,
       greatest(s.last_vacuum, s.last_autovacuum)
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p') ORDER BY 2 DESC, 1 LIMIT $1
"""
