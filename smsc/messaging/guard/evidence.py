"""What the database knows of a suspect: whom the account wrote to before, and who confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smsc import sids
from smsc.db import Connection
from smsc.messaging.guard.velocity import Scope, Suspect
from smsc.models import PumpingGuard

MOST_FRESH: Final = 20  # of a hundred numbers, within a day, that it never wrote to before
CONFIRMED_SHARE: Final = 0.2  # of such numbers, from which on people sit behind them
MOST_UNCONFIRMED: Final = 40  # codes to one prefix within an hour
CONVERTED_SHARE: Final = 0.05  # of codes, below which nobody reads them
# Over a whole network codes count once there was time to type them: a launch in a new country
# sends many before the first one is confirmed.
TIME_TO_TYPE: Final = timedelta(minutes=2)
MOST_HUNDREDS: Final = 2  # shut of one ten thousand, until all of it is
WIDENED_WHY: Final = "two blocks of a hundred within it are shut"
SHORTEST_BLOCK: Final = timedelta(minutes=30)
LONGEST_BLOCK: Final = timedelta(hours=12)
REMEMBERED: Final = timedelta(days=1)  # a block, so that the next one is twice as long

_STOPS_ALL: Final = frozenset({PumpingGuard.ALL.value})
_STOPS_CODES: Final = _STOPS_ALL | {PumpingGuard.CODES.value}
_COUNTS_ALL: Final = _STOPS_ALL | {PumpingGuard.WATCH.value}
_COUNTS_CODES: Final = _STOPS_CODES | _COUNTS_ALL


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many numbers or codes there were, and of them confirmed."""

    sent: int
    confirmed: int


async def gather(connection: Connection, suspect: Suspect, at: datetime) -> Evidence:
    """Read what is known of a suspect at a moment, by all processes."""
    since = at - suspect.scope.window
    verifications = sids.first_of(sids.Prefix.VERIFICATION, since)
    if suspect.scope is Scope.HUNDRED:
        row = await connection.fetchrow(
            OF_HUNDRED,
            suspect.account_sid,
            suspect.numbers,
            [suspect.was_met(ending) for ending in range(100)],
            sids.first_of(sids.Prefix.MESSAGE, since),
            sids.first_of(sids.Prefix.MESSAGE, at),
            verifications,
            at,
        )
    else:
        row = await connection.fetchrow(
            OF_CODES,
            suspect.account_sid,
            verifications,
            f"+{suspect.prefix}",
            suspect.scope.free_digits,
            at,
            at if suspect.scope is Scope.RANGE else at - TIME_TO_TYPE,
        )
    return Evidence(0, 0) if row is None else Evidence(*row)


def judge(scope: Scope, evidence: Evidence) -> str | None:
    """Return why a suspect is guilty; None: it isn't."""
    sent, confirmed = evidence.sent, evidence.confirmed
    if scope is Scope.HUNDRED:
        if sent < MOST_FRESH or confirmed >= CONFIRMED_SHARE * sent:
            return None
        return (
            f"within a day {sent} of these 100 numbers were written to for the first time, "
            f"and {confirmed} confirmed"
        )
    if sent < MOST_UNCONFIRMED or confirmed >= CONVERTED_SHARE * sent:
        return None
    return f"within an hour {sent} codes went there, and {confirmed} were confirmed"


def widened(hundred: str) -> str:
    """Return the prefix of the ten thousand numbers around a hundred."""
    return hundred[: Scope.HUNDRED.free_digits - Scope.RANGE.free_digits]


def stops(mode: str, *, is_code: bool) -> bool:
    """Say whether a guard may stop such a message, rather than watch it."""
    return mode in (_STOPS_CODES if is_code else _STOPS_ALL)


def looks_at(mode: str, *, is_code: bool) -> bool:
    """Say whether a guard counts such a message at all."""
    return mode in (_COUNTS_CODES if is_code else _COUNTS_ALL)


def block_length(times: int) -> timedelta:
    """Return how long a prefix is shut for the n-th time, from 1."""
    doubled: int = 2 ** min(times - 1, 10)
    return min(SHORTEST_BLOCK * doubled, LONGEST_BLOCK)


# A hundred probes of the index by recipient, each for what is recent and what is earlier. What this
# process has just accepted may not be committed yet.
OF_HUNDRED: Final = """
WITH approved AS MATERIALIZED (
  SELECT DISTINCT to_ FROM verifications
  WHERE account_sid = $1 AND sid >= $6 AND to_ = ANY($2::text[])
    AND status = 'approved' AND updated_at <= $7
)
SELECT count(*), count(*) FILTER (
  WHERE n.to_ IN (SELECT to_ FROM approved)
    OR EXISTS (SELECT FROM messages m JOIN message_feedback f ON f.message_sid = m.sid
               WHERE m.account_sid = $1 AND m.to_ = n.to_ AND m.sid >= $4 AND m.sid < $5
                 AND f.outcome = 'confirmed' AND f.updated_at <= $7))
FROM unnest($2::text[], $3::boolean[]) AS n (to_, is_here)
WHERE (n.is_here OR EXISTS (SELECT FROM messages
                            WHERE account_sid = $1 AND to_ = n.to_ AND sid >= $4 AND sid < $5))
  AND NOT EXISTS (SELECT FROM messages WHERE account_sid = $1 AND to_ = n.to_ AND sid < $4)
"""

OF_CODES: Final = """
SELECT count(*) FILTER (WHERE created_at <= $6 OR (status = 'approved' AND updated_at <= $5)),
       count(*) FILTER (WHERE status = 'approved' AND updated_at <= $5)
FROM verifications
WHERE account_sid = $1 AND sid >= $2 AND created_at <= $5 AND left(to_, -$4::integer) = $3
"""
