"""Brings a database up to this release in a process of its own, and ends with it.

Alembic, SQLAlchemy and the models of all tables take 40 MB, which whoever only waits for its
children would hold for as long as they run.
"""

import asyncio
import os
import sys

from smsc.embedded.launch import launched
from smsc.errors import GatewayError


class NotMigrated(GatewayError):
    """The migration's process failed; the message is its last words."""


async def migrate(database_url: str) -> None:
    """Apply what is pending; a cancel takes back what is not committed.

    Raises:
        NotMigrated: as `smsc migrate` says.
    """
    process = await asyncio.create_subprocess_exec(
        *launched([sys.executable, "-m", "smsc.cli", "migrate"]),
        env=os.environ | {"SMSC_DATABASE_URL": database_url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode:
        words = said.decode(errors="replace").strip()
        raise NotMigrated(words.removeprefix("error: ") or f"exit code {process.returncode}")
