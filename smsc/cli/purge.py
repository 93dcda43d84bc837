"""`smsc purge`: make what was redacted or deleted unreadable in every file, now."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from smsc.cli.database_of_home import database_of
from smsc.cli.home import known_secret
from smsc.db import Database
from smsc.messaging import purging, rekeying, retention
from smsc.settings import Settings
from smsc.vault import Vault

PATIENCE_SECONDS: Final = 300.0  # for keys of days that are not over to settle
POLL_SECONDS: Final = 1.0
# What somebody has just read under an old key is opened by then.
OPENED_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Purged:
    redacted: int
    anew: int
    ended: int
    unsettled: int
    is_scrubbed: bool


def command() -> None:
    """Do now what the clock does by and by: keep the accounts' terms, and end keys without texts.

    What is left of a day of which something was redacted gets another key, and the old one ends.
    For keys of today and yesterday that takes two minutes: so long processes may still use them.
    Make a backup afterwards: it replaces the old keys' file.
    """
    settings = Settings.read()
    with database_of(settings) as url:
        purged = asyncio.run(_purge(url, settings))
    print(f"{purged.redacted} messages redacted or deleted, {purged.ended} keys ended.")
    if purged.anew:
        print(f"{purged.anew} messages have another key: others of their day were redacted.")
    if purged.unsettled:
        print(
            f"{purged.unsettled} keys are still in use by a transaction that is open for minutes: "
            "run this again when it has ended, or leave it to the clock."
        )
    if not purged.is_scrubbed:
        print(
            "The write-ahead log may still tell ended keys until the server recycles it: "
            "only a superuser may hurry that."
        )


async def _purge(url: str, settings: Settings) -> _Purged:
    now = datetime.now(UTC)
    today = now.date()
    secret = known_secret(settings)
    vault = None if secret is None else Vault(secret, settings.secret_key_old)
    async with await Database.connect(
        url, pooler=settings.database_pooler, size=2, vault=vault
    ) as database:
        redacted = anew = 0
        while done := await retention.keep_terms(database, now):
            redacted += done
        young = await rekeying.retire_young(database, today)
        left = await _settle(database)
        while done := await rekeying.replace_keys(database, today):
            anew += done
        if young:
            await asyncio.sleep(OPENED_SECONDS)
        ended = await purging.end_keys(database, today)
        return _Purged(redacted, anew, ended, left, await purging.scrub(database))


async def _settle(database: Database) -> int:
    """Wait until nobody seals by retired keys; return how many of them somebody still may."""
    today, until = datetime.now(UTC).date(), monotonic() + PATIENCE_SECONDS
    is_told = False
    while left := await rekeying.unsettled(database, today):
        if not is_told:
            print(f"Waiting until every process has let go of {left} keys: about two minutes.")
            is_told = True
        if monotonic() > until:
            break
        await asyncio.sleep(POLL_SECONDS)
    return left
