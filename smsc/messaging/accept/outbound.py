"""The one way in for a message to be sent: checks, route, then a group commit."""

import asyncio
from collections.abc import Sequence
from typing import Final

from smsc.db import UNAVAILABLE, Connection, Database
from smsc.errors import GatewayError, QueueFull, ServiceUnavailable
from smsc.errors.messages import AlreadyAccepted
from smsc.jobs import Bells
from smsc.messaging.accept import beside
from smsc.messaging.accept.drafting import Drafting
from smsc.messaging.accept.drafts import Accepted, Draft
from smsc.messaging.accept.group_commit import GroupCommit
from smsc.messaging.accept.inserting import insert
from smsc.messaging.accept.plain_lines import PlainLines, plain_lines
from smsc.messaging.directory import Directory
from smsc.messaging.guard import caps
from smsc.messaging.guard.pumping import Pumping
from smsc.routing.table import Way
from smsc.sms.status import MessageStatus

__all__ = ["Accepted", "Draft", "Outbound", "require_written", "store"]

MOST_WAITING: Final = 20_000  # accepted and not yet committed, in one process
PACE_SECONDS: Final = 0.005  # between statements, under load


class Outbound:
    """Accepts messages for one process."""

    def __init__(self, database: Database, directory: Directory, bells: Bells) -> None:
        self._database = database
        self._directory = directory
        self._bells = bells
        self._drafting = Drafting(directory, Pumping(database, bells.announce_change))
        self._commits = GroupCommit(self._write, pace_seconds=PACE_SECONDS)

    async def accept(self, draft: Draft) -> Accepted:
        """Check a draft, commit it as `queued` with its segments waiting, and ring the doorbell.

        Raises:
            AlreadyAccepted: the draft's idempotency key was used; nothing was stored.
            BalanceUsedUp: the account can't pay for it; nothing was stored.
            MessagesCapReached, SpendCapReached: its cap is reached; nothing was stored.
            GatewayError: Twilio's refusal, in Twilio's order of checks; nothing was stored.
        """
        message, way = await self.check(draft)
        await self.commit(message, way)
        return message

    async def commit(self, message: Accepted, way: Way) -> None:
        """Commit what `check` made, and ring the doorbell.

        Raises:
            GatewayError: as `accept`.
        """
        if self._commits.depth >= MOST_WAITING:
            raise QueueFull
        await self._commits.add(message)
        require_written(message)
        if message.status is MessageStatus.QUEUED:
            self.ring(way)

    async def accept_all(self, drafts: Sequence[Draft]) -> list[Accepted | GatewayError]:
        """Accept a batch as `accept` does each; a refusal stands in the place of its draft."""
        results: list[Accepted | GatewayError] = []
        commits: list[tuple[int, Way, asyncio.Future[None]]] = []
        for draft in drafts:
            try:
                message, way = await self.check(draft)
                if self._commits.depth >= MOST_WAITING:
                    raise QueueFull
            except GatewayError as refusal:
                results.append(refusal)
            except UNAVAILABLE:  # of this draft alone: others of the batch may be committed
                results.append(ServiceUnavailable())
            else:
                commits.append((len(results), way, self._commits.offer(message)))
                results.append(message)
        for index, way, committed in commits:
            try:
                await committed
                offered = results[index]
                if isinstance(offered, Accepted):
                    require_written(offered)
                self.ring(way)
            except GatewayError as refusal:
                results[index] = refusal
        return results

    async def check(self, draft: Draft) -> tuple[Accepted, Way]:
        """Return the message that a draft makes, and the way it goes; nothing is stored yet.

        Raises:
            GatewayError: as `accept`.
        """
        return await self._drafting.check(draft)

    async def foresee(self, drafts: Sequence[Draft]) -> None:
        """Read at once what `check` will ask of each of these drafts of one source."""
        await self._drafting.foresee(drafts)

    async def plain_lines(self, alike: Draft) -> PlainLines | None:
        """Return a check of its own for drafts that have this in common, if they need no other."""
        return await plain_lines(self._directory, alike)

    def ring(self, way: Way) -> None:
        """Ring the doorbell of a connector whose queue a commit has just filled."""
        if way.owner is not None:
            self._bells.ring_connector(way.owner, way.connector_sid, way.epoch)

    async def drain(self) -> None:
        """Wait until every draft that was accepted is committed."""
        await self._commits.drain()

    async def _write(self, batch: Sequence[Accepted]) -> None:
        if all(message.beside is None for message in batch):
            async with self._database.single() as connection:
                await insert(connection, batch)
            return
        async with self._database.begin() as connection:
            await store(connection, batch)


async def store(connection: Connection, batch: Sequence[Accepted]) -> list[Accepted]:
    """Write messages with what they leave beside them, in the caller's transaction.

    Returns those that were written: not the repeated and the refused ones, which are marked so.
    """
    fresh = await beside.claim_keys(connection, batch)
    paid = await beside.charge(connection, await caps.admit(connection, fresh))
    await caps.count(connection, paid)
    await beside.free_keys(connection, fresh)
    if paid:
        await insert(connection, paid)
        await beside.write(connection, paid)
    return paid


def require_written(message: Accepted) -> None:
    """Make sure that a commit has written the message too.

    Raises:
        AlreadyAccepted: it has not.
        GatewayError: nor could it, see `beside.Beside.refusal`.
    """
    if message.beside is None:
        return
    if message.beside.repeated:
        raise AlreadyAccepted
    if message.beside.refusal is not None:
        raise message.beside.refusal
