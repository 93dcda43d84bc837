"""Caps on what accounts hand in by day and month, counted in the transaction of the accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from smsc.db import Connection
from smsc.errors import GatewayError
from smsc.errors.guard import MessagesCapReached, SpendCapReached
from smsc.messaging.accept.drafts import Accepted
from smsc.messaging.guard.protection import Cap
from smsc.messaging.guard.telling import tell

# A second attempt finds the rows that the first one made.
_ATTEMPTS: Final = 2


@dataclass(slots=True)
class Day:
    """What an account has handed in today, and what it spent this month, today included."""

    messages: int
    spend: Decimal
    month: Decimal
    told: bool

    def refusal_of(self, cap: Cap, messages: int, spend: Decimal) -> GatewayError | None:
        """Return why so much more would be too much; None: it wouldn't."""
        most = cap.messages_per_day
        if most is not None and self.messages + messages > most:
            return MessagesCapReached(cap.account_sid, most)
        for so_far, limit, period in (
            (self.spend, cap.spend_per_day, "day"),
            (self.month, cap.spend_per_month, "month"),
        ):
            if limit is not None and so_far + spend > limit:
                return SpendCapReached(cap.account_sid, limit, period)
        return None

    def add(self, messages: int, spend: Decimal) -> None:
        """Count what is handed in."""
        self.messages += messages
        self.spend += spend
        self.month += spend


async def admit(connection: Connection, batch: Sequence[Accepted]) -> list[Accepted]:
    """Return the messages that their accounts' caps allow; the others get their refusal.

    The counters stay locked until the commit, in one order: caps are never passed, however many
    processes accept. Where no account of the batch has a cap, nothing is asked.
    """
    caps = {cap.account_sid: cap for message in batch for cap in _caps_of(message)}
    if not caps:
        return list(batch)
    carriers = {cap.account_sid: m.carrier_sid for m in batch for cap in _caps_of(m)}
    days = await _lock(connection, carriers)
    admitted = []
    for message in batch:
        mine = _caps_of(message)
        if message.beside is None or not mine:
            admitted.append(message)
            continue
        spend = message.beside.spend
        refusals = {cap: days[cap.account_sid].refusal_of(cap, 1, spend) for cap in mine}
        refused = next(((cap, why) for cap, why in refusals.items() if why is not None), None)
        if refused is None:
            for cap in mine:
                days[cap.account_sid].add(1, spend)
            admitted.append(message)
            continue
        cap, message.beside.refusal = refused
        if not days[cap.account_sid].told:
            days[cap.account_sid].told = True
            await _tell(connection, carriers[cap.account_sid], cap, message.beside.refusal)
    return admitted


async def count(connection: Connection, batch: Sequence[Accepted]) -> None:
    """Count messages that were admitted, once they are known to be paid for."""
    used: dict[str, tuple[int, Decimal]] = {}
    for message in batch:
        for cap in _caps_of(message):
            messages, spend = used.get(cap.account_sid, (0, Decimal(0)))
            more = message.beside.spend if message.beside is not None else Decimal(0)
            used[cap.account_sid] = (messages + 1, spend + more)
    await _add(connection, used)


async def take(
    connection: Connection, carrier_sid: str, caps: Sequence[Cap], messages: int, spend: Decimal
) -> None:
    """Count what one request hands in at once.

    Raises:
        MessagesCapReached, SpendCapReached: all of it is too much; the caller has to roll back.
    """
    if not caps or not messages:
        return
    days = await _lock(connection, dict.fromkeys((cap.account_sid for cap in caps), carrier_sid))
    for cap in caps:
        refusal = days[cap.account_sid].refusal_of(cap, messages, spend)
        if refusal is not None:
            raise refusal
    await _add(connection, {cap.account_sid: (messages, spend) for cap in caps})


def _caps_of(message: Accepted) -> tuple[Cap, ...]:
    return () if message.beside is None else message.beside.caps


async def _lock(connection: Connection, carriers: dict[str, str]) -> dict[str, Day]:
    accounts = sorted(carriers)
    for _ in range(_ATTEMPTS):
        rows = await connection.fetch(LOCK, accounts)
        if len(rows) == len(accounts):
            break
        await connection.execute(_BEGIN_DAY, accounts, [carriers[sid] for sid in accounts])
    return {row[0]: Day(*row[1:]) for row in rows}


async def _add(connection: Connection, used: dict[str, tuple[int, Decimal]]) -> None:
    if used:
        await connection.execute(
            ADD,
            list(used),
            [messages for messages, _ in used.values()],
            [spend for _, spend in used.values()],
        )


async def _tell(connection: Connection, carrier_sid: str, cap: Cap, why: GatewayError) -> None:
    await tell(connection, carrier_sid, cap.account_sid, code=why.code, text=why.message)
    await connection.execute(_TOLD, cap.account_sid)


# Days are the database's, in UTC. Those before today change no more.
LOCK: Final = """
SELECT d.account_sid, d.messages, d.spend,
       d.spend + coalesce((
         SELECT sum(before.spend) FROM capped_days before
         WHERE before.account_sid = d.account_sid AND before.day < d.day
           AND before.day >= date_trunc('month', now() AT TIME ZONE 'UTC')::date), 0),
       d.told
FROM capped_days d
WHERE d.account_sid = ANY($1::text[]) AND d.day = (now() AT TIME ZONE 'UTC')::date
ORDER BY d.account_sid FOR UPDATE OF d
"""

_BEGIN_DAY: Final = """
INSERT INTO capped_days (account_sid, day, carrier_sid)
SELECT account_sid, (now() AT TIME ZONE 'UTC')::date, carrier_sid
FROM unnest($1::text[], $2::text[]) AS begun (account_sid, carrier_sid)
ON CONFLICT DO NOTHING
"""

ADD: Final = """
UPDATE capped_days d SET messages = d.messages + used.messages, spend = d.spend + used.spend
FROM unnest($1::text[], $2::integer[], $3::numeric[]) AS used (account_sid, messages, spend)
WHERE d.account_sid = used.account_sid AND d.day = (now() AT TIME ZONE 'UTC')::date
"""

_TOLD: Final = """
UPDATE capped_days SET told = true
WHERE account_sid = $1 AND day = (now() AT TIME ZONE 'UTC')::date
"""
