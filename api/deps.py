"""What the routes work with: opened when the servers answer, closed when the process ends."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog
from starlette.requests import HTTPConnection

from api.dashboard.remembered import Remembered
from api.guesses import Guesses
from api.issued_secrets import IssuedSecrets
from api.last_use import LastUse
from api.logins import Logins
from api.request_log import RequestLog
from smsc import wall
from smsc.db import UNAVAILABLE, Database
from smsc.errors import ServiceUnavailable
from smsc.jobs import CHANGES_CHANNEL, Bells, hear
from smsc.messaging.accept.bulk import BulkAccept
from smsc.messaging.accept.outbound import Outbound
from smsc.messaging.directory import Directory
from smsc.messaging.rate_limits import RateLimits
from smsc.messaging.verification.verify import Verifier
from smsc.provisioning.branding import Brand
from smsc.provisioning.openid.relying import RelyingParty
from smsc.settings import Settings
from smsc.vault import Vault
from smsc.webhooks.client import client_from

log = structlog.get_logger()

RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Services:
    """The house, as this door sees it."""

    settings: Settings
    database: Database
    vault: Vault
    bells: Bells
    directory: Directory
    outbound: Outbound
    bulks: BulkAccept
    rate_limits: RateLimits
    verifier: Verifier
    guesses: Guesses
    logins: Logins
    last_use: LastUse
    secrets: IssuedSecrets
    relying: RelyingParty

    @property
    def confined(self) -> Database:
        """The database as the tenant may see it whose request this is."""
        return self.database.confined()


class Opening:
    """Opens the services, for as long as it takes: the process answers `/healthz` meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._services: Services | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        self.request_log = RequestLog()
        # Whose hosts are whose: asked with each page, and a few seconds old.
        self.brands: Remembered[Brand | None] = Remembered(fresh_seconds=2, stale_seconds=60)
        self.reason = "starting"  # why there are no services yet

    @property
    def settings(self) -> Settings:
        """What the environment decided."""
        return self._settings

    @property
    def services(self) -> Services:
        """The services.

        Raises:
            ServiceUnavailable: they are not open yet.
        """
        if self._services is None:
            raise ServiceUnavailable(f"Not ready: {self.reason}. Try again.")
        return self._services

    async def start(self) -> None:
        """Try once, and go on trying beside the requests when it fails."""
        _, redis_url, secret_key = self._settings.require_servers()
        vault = Vault(secret_key, self._settings.secret_key_old)
        if not await self._try(redis_url, vault):
            self._tasks.append(asyncio.create_task(self._try_on(redis_url, vault)))

    async def stop(self) -> None:
        """Commit what was accepted, then close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._services is not None:
            await self._services.outbound.drain()
            await self._services.last_use.write(self._services.database)
            await self.request_log.write(self._services.database, self._services.directory)
        await self._stack.aclose()

    async def _try_on(self, redis_url: str, vault: Vault) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            if await self._try(redis_url, vault):
                return

    async def _try(self, redis_url: str, vault: Vault) -> bool:
        try:
            database = await Database.from_settings(self._settings, name="smsc-api")
        except (*UNAVAILABLE, asyncpg.PostgresError) as error:
            reason = f"the database can't be reached ({type(error).__name__}: {error})"
            if reason != self.reason:
                log.warning("database.unreached", error=str(error))
            self.reason = reason
            return False
        await self._stack.enter_async_context(database)
        async with database.single() as connection:
            database.has_wall = await wall.stands(connection)
        bells = await self._stack.enter_async_context(Bells(redis_url))
        directory = Directory(database, vault)
        bells.heed_here(directory.clear)
        outbound = Outbound(database, directory, bells)
        rate_limits = RateLimits(redis_url)
        last_use = LastUse()
        client = client_from(self._settings)
        self._stack.push_async_callback(client.aclose)
        self._stack.push_async_callback(rate_limits.close)
        self._services = Services(
            self._settings,
            database,
            vault,
            bells,
            directory,
            outbound,
            BulkAccept(database, outbound),
            rate_limits,
            Verifier(database, vault, outbound),
            Guesses(),
            Logins(directory),
            last_use,
            IssuedSecrets(database),
            RelyingParty(client),
        )
        self._tasks.append(asyncio.create_task(last_use.write_on(database)))
        writing = self.request_log.write_on(database, directory)
        self._tasks.append(asyncio.create_task(writing))
        self._tasks.append(asyncio.create_task(hear(redis_url, CHANGES_CHANNEL, directory.clear)))
        return True


def opening(request: HTTPConnection) -> Opening:
    """Return what `create_app` put into the application's state."""
    found: Opening = request.app.state["opening"]  # as an attribute it takes eight times as long
    return found


def services(request: HTTPConnection) -> Services:
    """Return the services.

    Raises:
        ServiceUnavailable: they are not open yet.
    """
    return opening(request).services
