"""Seals anew, with `SMSC_SECRET_KEY`, what was sealed with `SMSC_SECRET_KEY_OLD`; online."""

from typing import Final

from smsc.db import Database
from smsc.vault import Vault

MOST_AT_ONCE: Final = 500  # rows a transaction: no lock is held for long
# Every column that holds what a Vault sealed, with the key of its table.
COLUMNS: Final = (
    ("accounts", "sid", "auth_token_sealed"),
    ("accounts", "sid", "secondary_token_sealed"),
    ("accounts", "sid", "test_token_sealed"),
    ("connectors", "sid", "password_sealed"),
    ("connectors", "sid", "tls_key_sealed"),
    ("connectors", "sid", "outbind_password_sealed"),
    ("verifications", "sid", "custom_code_sealed"),
    ("users", "sid", "totp_sealed"),
    ("identity_providers", "sid", "client_secret_sealed"),
    ("mails", "sid", "body_sealed"),
    ("event_subscriptions", "sid", "secret_sealed"),
    ("event_subscriptions", "sid", "old_secret_sealed"),
    ("day_keys", "id", "wrapped"),
)


async def rotate(database: Database, vault: Vault) -> dict[str, int]:
    """Seal everything with the new key; return how many values were, by table and column.

    May run beside the traffic and be repeated: what is sealed with the new key already stays, and a
    value that somebody changes meanwhile is left to them.

    Raises:
        SettingError: something was sealed with neither of the two keys.
    """
    done = {}
    for table, key, column in COLUMNS:
        done[f"{table}.{column}"] = await _rotate(database, vault, table, key, column)
    return done


async def _rotate(database: Database, vault: Vault, table: str, key: str, column: str) -> int:
    after: object = "" if key == "sid" else 0
    count = 0
    while True:
        async with database.begin() as connection:
            rows = await connection.fetch(
                f"SELECT {key}, {column} FROM {table} "  # noqa: S608 of the constants above
                f"WHERE {key} > $1 AND {column} IS NOT NULL ORDER BY {key} LIMIT $2",
                after,
                MOST_AT_ONCE,
            )
            stale = [tuple(row) for row in rows if not vault.is_newest(row[1])]
            await connection.executemany(
                f"UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2",  # noqa: S608
                [(name, old, vault.seal_octets(vault.open_octets(old))) for name, old in stale],
            )
        count += len(stale)
        if len(rows) < MOST_AT_ONCE:
            return count
        after = rows[-1][0]
