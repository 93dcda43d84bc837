"""Fails what waits for a connector that is gone: nobody would ever claim it."""

from typing import Final

from smsc.db import Database
from smsc.messaging.sending.responses import NEVER_ANSWERED
from smsc.messaging.sending.unclaimed import ENDED_UNSUBMITTED, WAITING_CONNECTORS
from smsc.messaging.statuses import Advance, advance
from smsc.sms.receipt_errors import UNKNOWN_ERROR

WHY: Final = "its connector was deleted before it could be sent"
MOST_AT_ONCE: Final = 500


async def fail_orphans(database: Database) -> int:
    """Fail up to 500 waiting segments whose connector was deleted; return how many.

    A connector with waiting messages can't be deleted, but a process whose routes are two seconds
    old may have accepted one more for it.
    """
    async with database.begin() as connection:
        rows = await connection.fetch(_TAKE_OUT, MOST_AT_ONCE, NEVER_ANSWERED)
        await advance(
            connection,
            [
                Advance(message_sid=sid, failed=1, number=number, error_code=UNKNOWN_ERROR, why=WHY)
                for sid, number in rows
            ],
        )
    return len(rows)


_TAKE_OUT: Final = f"""
{WAITING_CONNECTORS}
, over AS (
  SELECT q.ctid AS place FROM waiting w, LATERAL (
    SELECT ctid FROM queue WHERE connector_sid = w.connector_sid LIMIT $1 FOR UPDATE SKIP LOCKED
  ) AS q
  WHERE NOT EXISTS (SELECT FROM connectors c WHERE c.sid = w.connector_sid)
    AND w.connector_sid IS NOT NULL
  LIMIT $1
)
{ENDED_UNSUBMITTED}
"""  # noqa: S608 built of constants
