"""A gateway process, in the test's event loop, beside an API that serves a customer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from smsc import sids
from smsc.db import Database
from smsc.jobs import CHANGES_CHANNEL, Bells, hear
from smsc.messaging import processes
from smsc.messaging.accept.outbound import Accepted, Draft, Outbound
from smsc.messaging.directory import Directory
from smsc.simulator import SimBox
from smsc.vault import Vault
from tests.contract.running_api import HANDSET, Customer
from workers.gateway import Gateway

PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Beside:
    """What the customer's house has besides the API."""

    customer: Customer
    database: Database
    outbound: Outbound
    directory: Directory
    gateway: Gateway
    announce: Callable[[], Awaitable[None]]

    async def send(self, body: str, to: str = HANDSET) -> Accepted:
        account = await self.directory.account(self.customer.account_sid)
        assert account is not None
        return await self.outbound.accept(
            Draft(account=account, to=to, from_=self.customer.sender, body=body)
        )

    async def value(self, query: str, *args: object) -> object:
        async with self.database.single() as connection:
            return await connection.fetchval(query, *args)


@contextlib.asynccontextmanager
async def gateway_beside(
    customer: Customer, box: SimBox, **changes: object
) -> AsyncIterator[Beside]:
    """Run a gateway whose one connector leads to the box."""
    database_url, redis_url, secret_key = customer.settings.require_servers()
    vault = Vault(secret_key)
    sid = sids.make(sids.Prefix.PROCESS)
    async with await Database.connect(database_url) as database, Bells(redis_url) as bells:
        assignments = "".join(f", {name} = ${n}" for n, name in enumerate(changes, start=2))
        async with database.single() as connection:
            await connection.execute(
                f"UPDATE connectors SET port = $1{assignments}", box.port, *changes.values()
            )
        await processes.beat(database, sid, "gateway")
        directory = Directory(database, vault)
        outbound = Outbound(database, directory, bells)
        gateway = Gateway(sid, database, directory, bells, vault, redis_url)
        tasks = [
            asyncio.create_task(gateway.run()),
            asyncio.create_task(hear(redis_url, CHANGES_CHANNEL, gateway.changed)),
        ]
        beside = Beside(customer, database, outbound, directory, gateway, bells.announce_change)
        await until(lambda: _has_session(box))
        try:
            yield beside
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await outbound.drain()
            await processes.leave(database, sid)


async def until(claim: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await claim():
            await asyncio.sleep(0.02)


async def _has_session(box: SimBox) -> bool:
    return bool(box.sessions)
