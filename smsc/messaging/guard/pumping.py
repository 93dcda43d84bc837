"""The guard against traffic pumping, as the accept asks it for each message."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.errors.guard import PrefixBlocked
from smsc.messaging.accept.drafts import Draft
from smsc.messaging.guard import blocks
from smsc.messaging.guard.evidence import gather, judge, stops
from smsc.messaging.guard.velocity import Suspect, Velocity
from smsc.messaging.principals import AccountFacts
from smsc.models import Lane, PumpingGuard

log = structlog.get_logger()

SHUT_SECONDS: Final = 5.0  # what this process has shut itself, until its caches know
_MOST_SHUT: Final = 1000


class Pumping:
    """The guard of one process.

    It costs a statement only where an account writes to many numbers that stand close together:
    then the messages to them wait for what the database says, all for one look. An alert is never
    counted and never stopped, nor is a list that was handed in at once, as a bulk.
    """

    def __init__(self, database: Database, announce: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._announce = announce  # tells every process that caches are stale
        self._velocity = Velocity()
        self._looks: dict[tuple[str, str], asyncio.Task[bool]] = {}
        self._shut: dict[tuple[str, str], float] = {}

    async def admit(self, draft: Draft, to: str) -> None:
        """Let a message pass whose lane its account's guard looks at, and count it.

        Raises:
            PrefixBlocked: numbers like `to` are shut to the account.
        """
        if draft.lane is Lane.ALERT or draft.is_trusted or draft.is_automatic:
            return
        account, is_code = draft.account, draft.lane is Lane.OTP
        protection, digits = account.protection, to[1:]
        if digits.startswith(protection.safe_prefixes):
            return
        can_stop = stops(protection.pumping_guard, is_code=is_code)
        if can_stop and self._is_shut(account, digits):
            raise PrefixBlocked(to)
        if draft.in_bulk:
            return
        for suspect in self._velocity.note(account.sid, to, monotonic(), is_code=is_code):
            key = (account.sid, suspect.prefix)
            if key not in self._looks:
                task = asyncio.ensure_future(self._look(account, suspect, can_stop=can_stop))
                self._looks[key] = task
                task.add_done_callback(partial(self._looked, key))
        if not self._looks:
            return
        for key, task in list(self._looks.items()):
            if key[0] == account.sid and digits.startswith(key[1]) and await asyncio.shield(task):
                raise PrefixBlocked(to)

    def _is_shut(self, account: AccountFacts, digits: str) -> bool:
        if digits.startswith(account.protection.blocked):
            return True
        if not self._shut:
            return False
        now = monotonic()
        return any(
            sid == account.sid and until > now and digits.startswith(prefix)
            for (sid, prefix), until in self._shut.items()
        )

    def _looked(self, key: tuple[str, str], _: asyncio.Task[bool]) -> None:
        self._looks.pop(key, None)

    async def _look(self, account: AccountFacts, suspect: Suspect, *, can_stop: bool) -> bool:
        """Say whether the message that made one look has to be stopped."""
        try:
            async with self._database.single() as connection:
                evidence = await gather(connection, suspect, datetime.now(UTC))
            why = judge(suspect.scope, evidence)
            if why is None:
                return False
            async with self._database.begin() as connection:
                shut = await blocks.shut(
                    connection,
                    account.carrier_sid,
                    suspect,
                    why,
                    stops=can_stop,
                    quarantines=account.protection.pumping_guard == PumpingGuard.ALL,
                )
        except UNAVAILABLE as error:  # then the accept itself fails too, or all is well again
            log.warning("pumping.unjudged", account_sid=account.sid, error=str(error))
            return False
        if shut:
            log.warning("pumping.found", account_sid=account.sid, why=why, stops=can_stop)
        if not can_stop:
            return False
        if len(self._shut) >= _MOST_SHUT:
            self._shut.clear()
        for prefix in (suspect.prefix, *shut):
            self._shut[account.sid, prefix] = monotonic() + SHUT_SECONDS
        if shut:
            await self._announce()
        return True
