"""Databases for tests: one that a test gives back is emptied, which costs less than another clone.

Whoever changed more than rows (a table, a trigger, a setting, what ANALYZE knows, or the rows that
migrations wrote) leaves a database that nobody else gets: it is dropped.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg

from smsc.embedded import EmbeddedPostgres

# All that tells a schema from another one, but for what it is filled with.
_SCHEMA = """
SELECT md5(concat(
  (SELECT string_agg(concat(oid, relname, relkind, reloptions::text, relrowsecurity,
     relforcerowsecurity, relacl::text, relchecks), '' ORDER BY oid) FROM pg_class c
     WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(concat(attrelid, attnum, attname, atttypid, attnotnull, attisdropped), ''
     ORDER BY attrelid, attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')),
  (SELECT string_agg(concat(oid, convalidated), '' ORDER BY oid) FROM pg_constraint),
  (SELECT string_agg(concat(oid, tgenabled), '' ORDER BY oid) FROM pg_trigger),
  (SELECT string_agg(concat(oid, md5(prosrc)), '' ORDER BY oid) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace),
  (SELECT string_agg(oid::text, '' ORDER BY oid) FROM pg_policy),
  (SELECT string_agg(concat(indexrelid, indisvalid, indisready), '' ORDER BY indexrelid)
     FROM pg_index JOIN pg_class c ON c.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace),
  (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_'),
  (SELECT count(*) FROM pg_extension),
  (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
  (SELECT string_agg(setconfig::text, '') FROM pg_db_role_setting
     WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))),
  (SELECT concat(datconnlimit, datallowconn, datacl::text) FROM pg_database
     WHERE datname = current_database())
))"""
_FILLED = """
SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
ORDER BY 1"""
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_WAIT_SECONDS = 10.0
_MOST_OCTETS = 512 * 1024  # of a table's dead rows


@dataclass
class DatabasePool:
    """The databases of one server, cloned from one template."""

    server: EmbeddedPostgres
    template: str
    _idle: list[str] = field(default_factory=list)
    _schema: str = ""
    _seeds: dict[str, str] = field(default_factory=dict)  # a table that migrations filled: its rows

    async def lend(self) -> str:
        """Return the name of a database that is as the template is, and nobody else's."""
        if self._idle:
            return self._idle.pop()
        name = f"test_{uuid4().hex}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        if not self._schema:
            await self._look(name)
        return name

    async def take_back(self, name: str) -> None:
        """Make it as it was, or drop it."""
        try:
            is_as_it_was = await self._empty(name)
        except (asyncpg.PostgresError, OSError, TimeoutError):
            is_as_it_was = False  # it lets nobody in, or was dropped
        if is_as_it_was:
            self._idle.append(name)
        else:
            await self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _look(self, name: str) -> None:
        connection = await asyncpg.connect(self.server.url_of(name))
        try:
            self._schema = await connection.fetchval(_SCHEMA)
            self._seeds = {
                table: await _content(connection, table)
                for table, _ in await connection.fetch(_FILLED)
            }
        finally:
            await connection.close()

    async def _empty(self, name: str) -> bool:
        """Remove what a test left; return False if that is more than rows."""
        connection = await asyncpg.connect(self.server.url_of(name), timeout=_WAIT_SECONDS)
        try:
            await _send_away(connection)
            if await connection.fetchval(_SCHEMA) != self._schema:
                return False
            for table, rows in self._seeds.items():
                if await _content(connection, table) != rows:
                    return False
            await connection.execute("SET session_replication_role = replica")  # no triggers
            for table, octets in await connection.fetch(_FILLED):
                if table not in self._seeds:
                    # TRUNCATE would make new files of all tables: they refer to each other.
                    await connection.execute(f"DELETE FROM {table}")
                    if octets > _MOST_OCTETS:
                        await connection.execute(f"VACUUM {table}")
            for (sequence,) in await connection.fetch(
                "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences "
                "WHERE last_value IS NOT NULL"
            ):
                await connection.execute(f"ALTER SEQUENCE {sequence} RESTART")
            await connection.execute("SELECT pg_stat_reset()")
        finally:
            await connection.close()
        return True


async def _send_away(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """End the sessions of those who left without a word, and wait until they are gone."""
    async with asyncio.timeout(_WAIT_SECONDS):
        while await connection.fetchval(f"SELECT count(pg_terminate_backend(pid)) {_OTHERS}"):
            await asyncio.sleep(0.005)


async def _content(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> str:
    return str(
        await connection.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {table} t"
        )
    )
