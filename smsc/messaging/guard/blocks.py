"""The prefixes that are shut to accounts for a time: rows that every process reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc import audit
from smsc.audit import Deed
from smsc.db import Connection, Database
from smsc.errors import NotFound
from smsc.errors.guard import PrefixBlocked
from smsc.messaging.guard import quarantine
from smsc.messaging.guard.evidence import (
    LONGEST_BLOCK,
    MOST_HUNDREDS,
    REMEMBERED,
    SHORTEST_BLOCK,
    WIDENED_WHY,
    widened,
)
from smsc.messaging.guard.telling import tell
from smsc.messaging.guard.velocity import Scope, Suspect

MOST_BLOCKS: Final = 10  # of one account within an hour; then nothing of it can be trusted
QUARANTINE_WHY: Final = f"the pumping guard shut {MOST_BLOCKS} prefixes within an hour"


@dataclass(frozen=True, slots=True)
class Block:
    """A prefix that was suspected."""

    prefix: str
    why: str
    stops: bool
    times: int
    blocked_at: datetime
    until: datetime


async def shut(
    connection: Connection,
    carrier_sid: str,
    suspect: Suspect,
    why: str,
    *,
    stops: bool,
    quarantines: bool,
) -> list[str]:
    """Shut a suspect's prefix in the caller's transaction, or note it; return what is shut anew.

    The account is told. The second block of a hundred shuts the ten thousand around both; with too
    many blocks within an hour the account is put in quarantine, if so wanted.
    """
    account_sid, prefix = suspect.account_sid, suspect.prefix
    if not await _insert(connection, carrier_sid, account_sid, prefix, why, stops=stops):
        return []
    shut_anew = [prefix]
    if suspect.scope is Scope.HUNDRED and stops:
        around = widened(prefix)
        others = await connection.fetchval(_WITHIN, account_sid, around, len(around))
        if others >= MOST_HUNDREDS and await _insert(
            connection, carrier_sid, account_sid, around, WIDENED_WHY, stops=True
        ):
            shut_anew.append(around)
    if stops and quarantines and await connection.fetchval(_LATELY, account_sid) >= MOST_BLOCKS:
        await quarantine.begin_within(connection, carrier_sid, account_sid, QUARANTINE_WHY)
    return shut_anew


async def _insert(
    connection: Connection,
    carrier_sid: str,
    account_sid: str,
    prefix: str,
    why: str,
    *,
    stops: bool,
) -> bool:
    """Insert a block and tell the account; say whether this process is the first."""
    is_news: bool | None = await connection.fetchval(
        SHUT,
        account_sid,
        prefix,
        carrier_sid,
        why,
        stops,
        SHORTEST_BLOCK,
        LONGEST_BLOCK,
        REMEMBERED,
    )
    if not is_news:
        return False
    said = "is blocked" if stops else "is only watched"
    text = f"Traffic to numbers that begin with +{prefix} {said}: {why}."
    await tell(connection, carrier_sid, account_sid, code=PrefixBlocked.code, text=text)
    return True


async def lift(database: Database, carrier_sid: str, account_sid: str, prefix: str) -> None:
    """Open a prefix again, and forget that it was suspected.

    Raises:
        NotFound: the carrier's account has no such prefix.
    """
    async with database.begin() as connection:
        lifted = await connection.fetchval(
            "DELETE FROM blocked_prefixes "
            "WHERE account_sid = $1 AND carrier_sid = $2 AND prefix = $3 RETURNING true",
            account_sid,
            carrier_sid,
            prefix,
        )
        if not lifted:
            raise NotFound(prefix)
        deed = Deed("opened", "prefix", None, account_sid, carrier_sid, {"prefix": prefix})
        await audit.note_on(connection, deed)


async def of_account(database: Database, account_sid: str) -> list[Block]:
    """Return an account's prefixes that are suspected, or were within a day, latest first."""
    async with database.single() as connection:
        rows = await connection.fetch(_OF_ACCOUNT, account_sid, REMEMBERED)
    return [Block(*row) for row in rows]


async def forget_old(database: Database) -> int:
    """Delete what no later block is measured by; return how many."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM blocked_prefixes WHERE until < now() - $1::interval", REMEMBERED
        )
    return int(status.rpartition(" ")[2])


# Of several processes that find it at once the first one tells.
SHUT: Final = """
INSERT INTO blocked_prefixes AS b
  (account_sid, prefix, carrier_sid, why, stops, times, blocked_at, until)
VALUES ($1, $2, $3, $4, $5, 1, now(), now() + $6::interval)
ON CONFLICT (account_sid, prefix) DO UPDATE
SET why = excluded.why, stops = excluded.stops, blocked_at = now(),
    times = CASE WHEN b.until > now() - $8::interval THEN b.times + 1 ELSE 1 END,
    until = now() + CASE WHEN b.until > now() - $8::interval
                         THEN least($6::interval * power(2, least(b.times, 10)), $7::interval)
                         ELSE $6::interval END
WHERE b.until <= now() OR (excluded.stops AND NOT b.stops)
RETURNING true
"""

_WITHIN: Final = """
SELECT count(*) FROM blocked_prefixes
WHERE account_sid = $1 AND stops AND until > now() AND left(prefix, $3) = $2
"""

_LATELY: Final = """
SELECT count(*) FROM blocked_prefixes
WHERE account_sid = $1 AND stops AND blocked_at > now() - interval '1 hour'
"""

_OF_ACCOUNT: Final = """
SELECT prefix, why, stops, times, blocked_at, until FROM blocked_prefixes
WHERE account_sid = $1 AND until > now() - $2::interval ORDER BY blocked_at DESC, prefix
"""
