"""`smsc backup`: write all of the database to a file, and the keys of its texts to another."""

import asyncio
import io
import json
import os
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import asyncpg
import typer

from smsc import migrate
from smsc.cli.database_of_home import database_of
from smsc.cli.postgres_tools import run_tool
from smsc.errors import GatewayError
from smsc.settings import Settings

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
KEYS_FILE: Final = "day-keys.json"
KEYS_TABLE: Final = "day_keys"
KEY_COLUMNS: Final = (
    *("id", "carrier_sid", "owner_sid", "day", "wrapped", "is_touched", "retired_at"),
    "created_at",
)


class BackupError(GatewayError):
    """A backup can't be made, or restored here."""


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.")],
) -> None:
    """Write smsc-<time>.backup, and put day-keys.json in the place of the one before.

    The keys are wrapped by SMSC_SECRET_KEY, which is in neither file. Texts of a key that a purge
    has ended are in no backup readable any more, as long as no older day-keys.json is kept.
    """
    settings = Settings.read()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database_of(settings) as url:
        path = backup(url, folder, settings.home, datetime.now(UTC))
    print(f"{path}\n{folder / KEYS_FILE}")


def backup(url: str, folder: Path, home: Path, now: datetime) -> Path:
    """Write both files; return the path of the larger one.

    The keys are read last: each that the dump's rows need and that is not ended is among them.

    Raises:
        BackupError: the database is not of this release, or can't be dumped.
    """
    manifest = asyncio.run(_described(url)) | {"made_at": now.isoformat()}
    path = folder / f"smsc-{now:%Y%m%dT%H%M%SZ}.backup"
    draft = path.with_suffix(".draft")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".smsc-") as scratch:
        dump = Path(scratch) / DUMP
        words = ["--format=custom", "--no-owner", "--no-privileges"]
        run_tool(
            "pg_dump", [*words, f"--exclude-table-data={KEYS_TABLE}", f"--file={dump}"], url, home
        )
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
                archive.add(dump, DUMP)
            file.flush()
            os.fsync(file.fileno())
    _write_keys(folder, asyncio.run(_read_keys(url)))
    draft.rename(path)
    return path


async def _described(url: str) -> dict[str, object]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        try:
            revision = await connection.fetchval(migrate.CURRENT_REVISION)
        except asyncpg.UndefinedTableError:
            raise BackupError(
                "The database was never migrated: there is nothing to back up."
            ) from None
        server = await connection.fetchval("SHOW server_version_num")
    finally:
        await connection.close()
    return {
        "format": FORMAT,
        "smsc": version("smsc"),
        "revision": revision,
        "postgresql": int(server) // 10_000,
    }


async def _read_keys(url: str) -> list[dict[str, object]]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        rows = await connection.fetch(f"SELECT {', '.join(KEY_COLUMNS)} FROM day_keys ORDER BY id")  # noqa: S608 constants
    finally:
        await connection.close()
    return [
        {
            name: value if value is None or isinstance(value, int | str) else value.isoformat()
            for name, value in row.items()
        }
        for row in rows
    ]


def _write_keys(folder: Path, keys: list[dict[str, object]]) -> None:
    """Replace the file whole, so that there is always one that can be read."""
    draft = folder / f".{KEYS_FILE}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / KEYS_FILE)


def _add(archive: tarfile.TarFile, name: str, octets: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(octets)
    archive.addfile(member, io.BytesIO(octets))
