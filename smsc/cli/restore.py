"""`smsc restore`: put a backup in the place of an empty database."""

import asyncio
import json
import tarfile
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import asyncpg
import typer

from smsc import migrate
from smsc.cli.backup import DUMP, FORMAT, KEY_COLUMNS, KEYS_FILE, MANIFEST, BackupError
from smsc.cli.database_of_home import database_of
from smsc.cli.postgres_tools import run_tool
from smsc.settings import Settings

_ROUTINES: Final = """
SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
"""
_READ_AS: Final = {
    "day": date.fromisoformat,
    "created_at": datetime.fromisoformat,
    "retired_at": datetime.fromisoformat,
}


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `smsc backup` wrote.")],
    keys: Annotated[
        Path | None, typer.Option(help="The newest day-keys.json; without: the one beside FILE.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away what is in the database now.")
    ] = False,
) -> None:
    """Restore a backup into SMSC_DATABASE_URL or the home's own database, and migrate it.

    No other process may use the database meanwhile. SMSC_SECRET_KEY must be the one of then.
    """
    settings = Settings.read()
    with database_of(settings, make=True) as url:
        restore(url, file, keys or file.with_name(KEYS_FILE), settings.home, overwrite=overwrite)
    print(f"Restored; the database is at revision {migrate.head_revision()}.")


def restore(url: str, file: Path, keys_file: Path, home: Path, *, overwrite: bool) -> None:
    """Restore both files of a backup.

    Raises:
        BackupError: they can't be restored here; nothing was changed.
        PostgresToolError: PostgreSQL refuses them; the database is empty then.
    """
    keys = _read_keys(keys_file)
    with tempfile.TemporaryDirectory(prefix="smsc-restore-") as scratch:
        manifest = _unpack(file, Path(scratch))
        asyncio.run(_make_room(url, manifest, overwrite=overwrite))
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        run_tool("pg_restore", [*words, str(Path(scratch) / DUMP)], url, home)
    asyncio.run(_insert_keys(url, keys))
    migrate.upgrade(url)


def _read_keys(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text()))
    except FileNotFoundError:
        raise BackupError(
            f"{path} is missing: without the keys no text can be read. Say where the newest "
            "day-keys.json is with --keys."
        ) from None
    except ValueError:
        raise BackupError(f"{path} is no file of keys that `smsc backup` wrote.") from None


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file) as archive:
            described = archive.extractfile(MANIFEST)
            manifest = json.loads(described.read()) if described else {}
            archive.extract(DUMP, folder, filter="data")
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupError(f"{file} is no backup that can be read: {error}") from None
    if manifest.get("format") != FORMAT or not migrate.knows(str(manifest.get("revision"))):
        raise BackupError(
            f"{file} was made by smsc {manifest.get('smsc')} (revision "
            f"{manifest.get('revision')}), which is newer than this one: update smsc first."
        )
    return dict(manifest)


async def _make_room(url: str, manifest: dict[str, Any], *, overwrite: bool) -> None:
    """Empty the database, if that may be.

    Raises:
        BackupError: it has data, or is at work, or its server is too old.
    """
    connection = await asyncpg.connect(url, timeout=10)
    try:
        server = int(await connection.fetchval("SHOW server_version_num")) // 10_000
        if server < manifest["postgresql"]:
            raise BackupError(
                f"The backup is of PostgreSQL {manifest['postgresql']}; this server is "
                f"{server}. Restore it into one that is not older."
            )
        tables = {
            row[0]
            for row in await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        }
        if tables:
            await _require_ours(connection, tables, overwrite=overwrite)
            names = ", ".join(f'"{table}"' for table in sorted(tables))
            await connection.execute(f"DROP TABLE {names} CASCADE")
            for row in await connection.fetch(_ROUTINES):
                await connection.execute(f"DROP ROUTINE {row[0]} CASCADE")
    finally:
        await connection.close()


async def _require_ours(
    connection: "asyncpg.Connection[asyncpg.Record]", tables: set[str], *, overwrite: bool
) -> None:
    if "alembic_version" not in tables:
        raise BackupError("The database has tables of something else: give smsc one of its own.")
    running = "worker_processes" in tables and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM worker_processes WHERE seen_at > now() - interval '10 s')"
    )
    if running:
        raise BackupError("Workers use this database: stop every process of smsc first.")
    has_data = "carriers" in tables and await connection.fetchval(
        "SELECT EXISTS (SELECT FROM carriers)"
    )
    if has_data and not overwrite:
        raise BackupError(
            "The database has data already: with --overwrite it is thrown away for the backup's."
        )


async def _insert_keys(url: str, keys: list[dict[str, Any]]) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    names = ", ".join(KEY_COLUMNS)
    marks = ", ".join(f"${n}" for n in range(1, len(KEY_COLUMNS) + 1))
    try:
        await connection.executemany(
            f"INSERT INTO day_keys ({names}) OVERRIDING SYSTEM VALUE VALUES ({marks})",  # noqa: S608 constants
            [tuple(_value(key, name) for name in KEY_COLUMNS) for key in keys],
        )
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('day_keys', 'id'), "
            "greatest((SELECT last_value FROM day_keys_id_seq), (SELECT max(id) FROM day_keys)))"
        )
    finally:
        await connection.close()


def _value(key: dict[str, Any], name: str) -> object:
    value = key[name]
    return _READ_AS[name](value) if name in _READ_AS and value is not None else value
