"""Quarantine: an account that can send nothing, while what waits of it is held, not lost."""

from collections.abc import Sequence
from typing import Final

from smsc import audit
from smsc.db import Connection, Database
from smsc.errors import NotFound
from smsc.errors.guard import AccountQuarantined
from smsc.messaging.guard.telling import tell
from smsc.models.queue import HELD_LANES

WAITING_FOR: Final = "its account is in quarantine"
MOST_AT_ONCE: Final = 5000


async def begin(database: Database, carrier_sid: str, account_sid: str, why: str) -> None:
    """Put an account in quarantine, its subaccounts with it; what waits is held from now on.

    Until the caches of other processes are dropped, they accept more: it is held too.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    async with database.begin() as connection:
        await audit.sign_on(connection)
        await begin_within(connection, carrier_sid, account_sid, why)
    await hold(database)


async def begin_within(
    connection: Connection, carrier_sid: str, account_sid: str, why: str
) -> None:
    """Put an account in quarantine in the caller's transaction; the clock holds what waits.

    Raises:
        NotFound: as `begin`.
    """
    is_new = await connection.fetchval(_BEGIN, account_sid, carrier_sid, why)
    if is_new is None:
        raise NotFound(account_sid)
    if is_new:
        refusal = AccountQuarantined(account_sid, why)
        await tell(connection, carrier_sid, account_sid, code=refusal.code, text=refusal.message)


async def lift(database: Database, carrier_sid: str, account_sid: str) -> None:
    """Let an account send again; what was held goes on in its old place.

    Raises:
        NotFound: the carrier has no such account, or it is closed.
    """
    async with database.begin() as connection:
        await audit.sign_on(connection)
        if not await connection.fetchval(_LIFT, account_sid, carrier_sid):
            raise NotFound(account_sid)
        free = await connection.fetchval(_FREE, account_sid)
        await connection.execute(_GO_ON, free, HELD_LANES, WAITING_FOR)
        await connection.execute(_GO_ON_WITH_BULKS, free)


async def hold(database: Database) -> int:
    """Hold what waits of accounts in quarantine; return how many segments and batches.

    In a lane of its own, where no claim meets it: the segments keep their places, and hold up
    nobody else. Who is lifted meanwhile waits for this, so that nothing stays behind.
    """
    held = 0
    while True:
        async with database.begin() as connection:
            accounts = await _quarantined(connection)
            if not accounts:
                return held
            segments: int = await connection.fetchval(
                HOLD, accounts, HELD_LANES, WAITING_FOR, MOST_AT_ONCE
            )
            batches: int = await connection.fetchval(HOLD_BULKS, accounts)
        held += segments + batches
        if segments < MOST_AT_ONCE:
            return held


async def _quarantined(connection: Connection) -> Sequence[str]:
    """Return the accounts that may send nothing, subaccounts too; none is lifted meanwhile."""
    rows = await connection.fetch(
        "SELECT sid FROM accounts WHERE quarantined_at IS NOT NULL ORDER BY sid FOR SHARE"
    )
    if not rows:
        return ()
    sids: Sequence[str] = await connection.fetchval(
        "SELECT array_agg(sid) FROM accounts WHERE sid = ANY($1::text[]) OR owner_sid = ANY($1)",
        [row[0] for row in rows],
    )
    return sids


# For `workers.glances`: whether `hold` has anything to do.
ANY_DUE: Final = "SELECT FROM accounts WHERE quarantined_at IS NOT NULL"

_BEGIN: Final = """
WITH before AS (
  SELECT sid, quarantined_at FROM accounts
  WHERE sid = $1 AND carrier_sid = $2 AND status <> 'closed' FOR UPDATE
)
UPDATE accounts a
SET quarantined_at = coalesce(a.quarantined_at, now()), quarantine_why = $3, updated_at = now()
FROM before WHERE a.sid = before.sid
RETURNING before.quarantined_at IS NULL
"""

_LIFT: Final = """
UPDATE accounts SET quarantined_at = NULL, quarantine_why = NULL, updated_at = now()
WHERE sid = $1 AND carrier_sid = $2 AND status <> 'closed' RETURNING true
"""

# The account and its subaccounts, but for those that are still in quarantine by themselves or with
# their parent.
_FREE: Final = """
SELECT coalesce(array_agg(a.sid), '{}') FROM accounts a LEFT JOIN accounts p ON p.sid = a.owner_sid
WHERE (a.sid = $1 OR a.owner_sid = $1)
  AND a.quarantined_at IS NULL AND p.quarantined_at IS NULL
"""

_GO_ON: Final = """
UPDATE queue SET lane = lane - $2::smallint, waiting_for = nullif(waiting_for, $3)
WHERE account_sid = ANY($1::text[]) AND lane >= $2::smallint
"""

# What its customer has paused stays so.
_GO_ON_WITH_BULKS: Final = """
UPDATE bulk_batches w SET held = false FROM bulks b
WHERE b.sid = w.bulk_sid AND w.account_sid = ANY($1::text[]) AND w.held AND b.status = 'sending'
"""

HOLD: Final = """
WITH waiting AS (
  SELECT ctid AS place FROM queue WHERE account_sid = ANY($1::text[]) AND lane < $2::smallint
  LIMIT $4 FOR UPDATE SKIP LOCKED
), held AS (
  UPDATE queue SET lane = lane + $2::smallint, waiting_for = $3
  FROM waiting WHERE queue.ctid = waiting.place RETURNING 1
)
SELECT count(*) FROM held
"""

HOLD_BULKS: Final = """
WITH held AS (
  UPDATE bulk_batches SET held = true WHERE account_sid = ANY($1::text[]) AND NOT held RETURNING 1
)
SELECT count(*) FROM held
"""
