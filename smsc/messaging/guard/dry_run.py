"""What the pumping guard would have stopped of the past: the same rules, over stored messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from smsc import sids
from smsc.db import Connection, Database
from smsc.messaging.guard.evidence import (
    MOST_HUNDREDS,
    REMEMBERED,
    WIDENED_WHY,
    block_length,
    gather,
    judge,
    looks_at,
    stops,
    widened,
)
from smsc.messaging.guard.velocity import Scope, Velocity
from smsc.models import Lane

MOST_AT_ONCE: Final = 5000


@dataclass(slots=True)
class Stop:
    """A prefix as it would have been shut, and how many messages that would have stopped."""

    prefix: str
    why: str
    began: datetime
    until: datetime
    times: int = 1
    messages: int = 0


@dataclass(slots=True)
class Replay:
    """What a span of an account's traffic would have met."""

    messages: int
    stopped: int
    stops: list[Stop]


async def replay(
    database: Database,
    account_sid: str,
    since: datetime,
    *,
    mode: str,
    safe_prefixes: Sequence[str] = (),
) -> Replay:
    """Replay what an account sent since then, one by one; bulks and alerts are never looked at.

    What was refused at the time is not stored, and so not replayed.
    """
    rehearsal = _Rehearsal(account_sid, mode, tuple(safe_prefixes))
    after = sids.first_of(sids.Prefix.MESSAGE, since)
    async with database.single() as connection:
        while rows := await connection.fetch(MESSAGES, account_sid, after, MOST_AT_ONCE):
            for _, to, lane, at in rows:
                await rehearsal.meet(connection, to, lane, at)
            after = rows[-1][0]
    return rehearsal.replay


class _Rehearsal:
    def __init__(self, account_sid: str, mode: str, safe_prefixes: tuple[str, ...]) -> None:
        self.replay = Replay(0, 0, [])
        self._account_sid = account_sid
        self._mode = mode
        self._safe_prefixes = safe_prefixes
        self._velocity = Velocity()
        self._latest: dict[str, Stop] = {}

    async def meet(self, connection: Connection, to: str, lane: int, at: datetime) -> None:
        self.replay.messages += 1
        is_code, digits = lane == Lane.OTP, to[1:]
        if lane == Lane.ALERT or not looks_at(self._mode, is_code=is_code):
            return
        if digits.startswith(self._safe_prefixes):
            return
        stop = self._stop_of(digits, at) if stops(self._mode, is_code=is_code) else None
        if stop is None:
            stop = await self._look(connection, to, at, is_code=is_code)
        if stop is not None:
            stop.messages += 1
            self.replay.stopped += 1

    def _stop_of(self, digits: str, at: datetime) -> Stop | None:
        return next(
            (
                stop
                for prefix, stop in self._latest.items()
                if stop.until > at and digits.startswith(prefix)
            ),
            None,
        )

    async def _look(
        self, connection: Connection, to: str, at: datetime, *, is_code: bool
    ) -> Stop | None:
        found = None
        now = at.timestamp()
        for suspect in self._velocity.note(self._account_sid, to, now, is_code=is_code):
            why = judge(suspect.scope, await gather(connection, suspect, at.astimezone(UTC)))
            if why is None or not stops(self._mode, is_code=is_code):
                continue
            found = self._shut(suspect.prefix, why, at)
            around = widened(suspect.prefix)
            near = [one for one in self._latest.values() if one.prefix.startswith(around)]
            shut = [one for one in near if one.until > at]
            if suspect.scope is Scope.HUNDRED and len(shut) >= MOST_HUNDREDS:
                self._shut(around, WIDENED_WHY, at)
        return found

    def _shut(self, prefix: str, why: str, at: datetime) -> Stop:
        before = self._latest.get(prefix)
        times = 1
        if before is not None and before.until > at - REMEMBERED:
            times = before.times + 1
        stop = self._latest[prefix] = Stop(prefix, why, at, at + block_length(times), times)
        self.replay.stops.append(stop)
        return stop


MESSAGES: Final = """
SELECT sid, to_, lane, created_at FROM messages
WHERE account_sid = $1 AND sid > $2 AND direction <> 'inbound' AND bulk_sid IS NULL
ORDER BY sid LIMIT $3
"""
