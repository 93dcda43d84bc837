"""`smsc export`: write all that an account has to a file, for its owner."""

import asyncio
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from smsc.cli.database_of_home import database_of
from smsc.cli.home import known_secret
from smsc.db import Database
from smsc.errors import GatewayError
from smsc.messaging.reading import account_export
from smsc.settings import Settings
from smsc.vault import Vault


class ExportError(GatewayError):
    """The file can't be written."""


def command(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The SID of the account.")],
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A .zip that is not there yet.")],
) -> None:
    """Write an account's messages, numbers and all else as JSON lines in a zip; no secrets."""
    settings = Settings.read()
    secret = known_secret(settings)
    vault = None if secret is None else Vault(secret, settings.secret_key_old)
    with database_of(settings) as url:
        counts = asyncio.run(_export(url, settings, vault, account, path))
    for name, count in counts.items():
        print(f"{count:>8}  {name}")


async def _export(
    url: str, settings: Settings, vault: Vault | None, account: str, path: Path
) -> dict[str, int]:
    async with await Database.connect(
        url, pooler=settings.database_pooler, size=1, vault=vault
    ) as database:
        return await write(database, account, path)


async def write(database: Database, account_sid: str, path: Path) -> dict[str, int]:
    """Write the file, which its owner alone may read; return how many lines each part has.

    A file that could not be written whole is removed.

    Raises:
        ExportError: there is such a file already, or none can be made there.
        NotFound: there is no such account.
    """
    async with account_export.opened(database, account_sid) as export:
        with _new(path) as file, zipfile.ZipFile(file, "w") as archive:
            return await _fill(archive, export)


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """Make a file that is on the disk at the block's end, and gone if that fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ExportError(f"{path} is there already: name another file.") from None
    except OSError as error:
        raise ExportError(f"{path} can't be made: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:  # Ctrl-C too: half an export looks like a whole one
        path.unlink(missing_ok=True)
        raise


async def _fill(archive: zipfile.ZipFile, export: account_export.AccountExport) -> dict[str, int]:
    counts = {}
    for name, lines in export.files():
        entry = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16  # as the archive itself
        counts[name] = 0
        with archive.open(entry, "w", force_zip64=True) as part:
            async for line in lines:
                part.write(line)
                counts[name] += 1
    return counts
