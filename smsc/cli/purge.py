"""`smsc purge`: make what was redacted or deleted unreadable in every file, now."""

import asyncio
from datetime import UTC, datetime

from smsc.cli.database_of_home import database_of
from smsc.db import Database
from smsc.messaging import purging, retention
from smsc.settings import Settings


def command() -> None:
    """Do now what the clock does by and by: keep the accounts' terms, and end keys without texts.

    The keys of today and yesterday stay. Make a backup afterwards: it replaces the old keys' file.
    """
    settings = Settings.read()
    with database_of(settings) as url:
        redacted, ended, is_scrubbed = asyncio.run(_purge(url, settings))
    print(f"{redacted} messages redacted or deleted, {ended} keys ended.")
    if not is_scrubbed:
        print(
            "The write-ahead log may still tell ended keys until the server recycles it: "
            "only a superuser may hurry that."
        )


async def _purge(url: str, settings: Settings) -> tuple[int, int, bool]:
    now = datetime.now(UTC)
    async with await Database.connect(url, pooler=settings.database_pooler, size=2) as database:
        redacted = 0
        while done := await retention.keep_terms(database, now):
            redacted += done
        ended = await purging.end_keys(database, now.date())
        return redacted, ended, await purging.scrub(database)
