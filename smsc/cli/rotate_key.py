"""`smsc rotate-key`: put a new SMSC_SECRET_KEY in the place of the old one, while all runs."""

import asyncio

from smsc.cli.database_of_home import database_of
from smsc.cli.home import known_secret
from smsc.db import Database
from smsc.errors import SettingError
from smsc.provisioning.key_rotation import rotate
from smsc.settings import Settings
from smsc.vault import Vault


def command() -> None:
    """Seal with SMSC_SECRET_KEY all that SMSC_SECRET_KEY_OLD sealed.

    Every process must know both keys by then; see docs/operations.md.
    """
    settings = Settings.read()
    if settings.secret_key_old is None:
        raise SettingError(
            "SMSC_SECRET_KEY_OLD is not set: put the present key there and a new one into "
            "SMSC_SECRET_KEY, for every process, restart them, then run this."
        )
    secret = known_secret(settings)
    if secret is None:
        raise SettingError("SMSC_SECRET_KEY is not set: it is the new key.")
    vault = Vault(secret, settings.secret_key_old)
    with database_of(settings) as url:
        done = asyncio.run(_rotate(url, settings, vault))
    for name, count in done.items():
        print(f"{count:>8}  {name}")
    print("All is sealed with SMSC_SECRET_KEY; SMSC_SECRET_KEY_OLD can go.")


async def _rotate(url: str, settings: Settings, vault: Vault) -> dict[str, int]:
    async with await Database.connect(
        url, pooler=settings.database_pooler, size=1, vault=vault
    ) as database:
        return await rotate(database, vault)
