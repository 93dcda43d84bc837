"""Work of commands that begin an installation: straight on the database, without the API."""

import asyncio
import getpass
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from smsc.audit import Actor, ActorKind, act_as
from smsc.db import UNAVAILABLE, Database
from smsc.embedded import EmbeddedPostgres
from smsc.errors import ServiceUnavailable
from smsc.provisioning.transaction import changing
from smsc.settings import Settings

T = TypeVar("T")


def on_database(work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
    """Do the work in one transaction, on SMSC_DATABASE_URL or on the server of `smsc up`.

    Raises:
        ServiceUnavailable: there is no database to be reached.
    """
    settings = Settings.read()
    act_as(Actor(ActorKind.COMMAND, None, getpass.getuser()))
    url = settings.database_url or EmbeddedPostgres(settings.home).url

    async def nobody_need_know() -> None:
        """No process keeps carriers, their keys or people in a cache."""

    async def run() -> T:
        async with (
            await Database.connect(url, pooler=settings.database_pooler, size=1) as database,
            changing(database, nobody_need_know) as db,
        ):
            return await work(db)

    try:
        return asyncio.run(run())
    except UNAVAILABLE as error:
        raise ServiceUnavailable(
            f"The database can't be reached ({error}). Set SMSC_DATABASE_URL, or start `smsc up`."
        ) from error
