"""The second wall between tenants: row-level security, for the role that requests take.

A policy lets `smsc_tenant` see the rows of the transaction's tenant, and without one none; it lets
everybody else see all, so that no worker, command or tool depends on it.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import asyncpg
import structlog

from smsc.tenancy import ACCOUNTS, ALL, CARRIER, ROLE

log = structlog.get_logger()

POLICY: Final = "tenancy_1"  # one that says something else gets the next number
_LOCK_TIMEOUT: Final = "10s"
# What a later `smsc migrate`, or a database user who may more, can mend.
_UNDONE: Final = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
)

_CARRIER: Final = f"(SELECT current_setting('{CARRIER}', true))"
_ACCOUNTS: Final = f"(SELECT current_setting('{ACCOUNTS}', true))"
_LISTED: Final = f"(SELECT string_to_array(current_setting('{ACCOUNTS}', true), ','))::text[]"
_MINE: Final = f"({_ACCOUNTS} = '{ALL}' OR {{column}} = ANY ({_LISTED}))"
# Subselects are evaluated once a statement, not once a row.
_POLICY: Final = f"""(SELECT current_user) <> '{ROLE}' OR ({{condition}})"""
# What may be seen, where that isn't what the columns say.
_OTHERWISE: Final = {
    "carriers": f"sid = {_CARRIER}",
    "accounts": f"carrier_sid = {_CARRIER} AND ({_MINE.format(column='sid')} "
    f"OR {_MINE.format(column='owner_sid')})",
    # What is for sale has no account, and a parent moves numbers to its subaccounts.
    "phone_numbers": f"carrier_sid = {_CARRIER} AND (account_sid IS NULL "  # noqa: S608 constants
    f"OR {_MINE.format(column='account_sid')} "
    f"OR account_sid IN (SELECT sid FROM accounts WHERE {_MINE.format(column='owner_sid')}))",
    "balances": f"carrier_sid = {_CARRIER}",  # a subaccount spends its parent's
    "message_export_parts": "EXISTS (SELECT FROM message_exports e WHERE e.sid = export_sid)",
}
# What a trigger writes for an account that the request has just made: a subaccount.
_WRITTEN_FOR_OTHERS: Final = frozenset({"audit_entries"})

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)


async def build(connection: Connection) -> None:
    """Make the role, its grants and the policies that are missing; where we may not, say so.

    Each table's policy is a transaction of its own: traffic waits for one at a time. The release
    before goes on: its role sees what it saw.
    """
    try:
        await connection.execute(_MAKE_ROLE)
        for statement in _GRANTS:
            await connection.execute(statement)
        for table, columns in await _tables_without(connection):
            await connection.execute(_raise_on(table, columns))
    except _UNDONE as error:
        log.warning(
            "wall.incomplete",
            error=str(error),
            mend=f"as a superuser: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO the user of "
            "SMSC_DATABASE_URL; then smsc migrate",
        )


async def stands(connection: Connection) -> bool:
    """Say whether the role can be taken, and shows nothing of any table to who names no tenant."""
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {ROLE}")
            if await connection.fetchval("SELECT EXISTS (SELECT FROM carriers)"):
                return False
            return not await _tables_without(connection)
    except asyncpg.PostgresError as error:
        log.warning("wall.missing", error=str(error), mend="smsc migrate")
        return False


async def _tables_without(connection: Connection) -> Sequence[tuple[str, list[str]]]:
    rows = await connection.fetch(_WITHOUT, POLICY, list(_OTHERWISE))
    return [(row[0], row[1]) for row in rows]


def _raise_on(table: str, columns: Sequence[str]) -> str:
    condition = f"carrier_sid = {_CARRIER}"
    if "account_sid" in columns:
        condition += f" AND {_MINE.format(column='account_sid')}"
    seen = _POLICY.format(condition=_OTHERWISE.get(table, condition))
    written = seen
    if table in _WRITTEN_FOR_OTHERS:
        written = _POLICY.format(condition=f"carrier_sid = {_CARRIER}")
    return f"""
    BEGIN;
    SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}';
    CREATE POLICY {POLICY} ON "{table}" USING ({seen}) WITH CHECK ({written});
    ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
    COMMIT;
    """


# Roles belong to the server, grants to the database: two installations may share the role.
_MAKE_ROLE: Final = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
    CREATE ROLE {ROLE} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
_GRANTS: Final = (
    f"GRANT {ROLE} TO CURRENT_USER",
    f"""DO $$ BEGIN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema());
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO {ROLE}',
                     current_schema());
      EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {ROLE}', current_schema());
    END $$""",
)

# A table is a tenant's by its columns, or by what is said of it above.
_WITHOUT: Final = """
SELECT t.relname, array_agg(a.attname::text)
FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND NOT a.attisdropped
WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace
  AND (a.attname IN ('carrier_sid', 'account_sid') OR t.relname = ANY ($2::text[]))
  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = $1
                  AND t.relrowsecurity)
GROUP BY t.relname ORDER BY t.relname
"""
