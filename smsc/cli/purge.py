"""`smsc purge`: make what was redacted or deleted unreadable in every file, now."""

import asyncio
from datetime import UTC, datetime

from smsc.cli.database_of_home import database_of
from smsc.cli.home import known_secret
from smsc.db import Database
from smsc.messaging import purging, rekeying, retention
from smsc.settings import Settings
from smsc.vault import Vault


def command() -> None:
    """Do now what the clock does by and by: keep the accounts' terms, and end keys without texts.

    What is left of a day of which something was redacted gets another key, and the old one ends.
    The keys of today and yesterday stay. Make a backup afterwards: it replaces the old keys' file.
    """
    settings = Settings.read()
    with database_of(settings) as url:
        redacted, anew, ended, is_scrubbed = asyncio.run(_purge(url, settings))
    print(f"{redacted} messages redacted or deleted, {ended} keys ended.")
    if anew:
        print(f"{anew} messages have another key: others of their day were redacted.")
    if not is_scrubbed:
        print(
            "The write-ahead log may still tell ended keys until the server recycles it: "
            "only a superuser may hurry that."
        )


async def _purge(url: str, settings: Settings) -> tuple[int, int, int, bool]:
    now = datetime.now(UTC)
    secret = known_secret(settings)
    vault = None if secret is None else Vault(secret, settings.secret_key_old)
    async with await Database.connect(
        url, pooler=settings.database_pooler, size=2, vault=vault
    ) as database:
        redacted = anew = 0
        while done := await retention.keep_terms(database, now):
            redacted += done
        while done := await rekeying.replace_keys(database, now.date()):
            anew += done
        ended = await purging.end_keys(database, now.date())
        return redacted, anew, ended, await purging.scrub(database)
