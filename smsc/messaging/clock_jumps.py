"""A database whose clock was set back: what would now wait for the lost time is due as it was."""

from typing import Final

from smsc.db import Database
from smsc.messaging.esmes import esme_outbox
from smsc.messaging.sending import leases, responses
from smsc.webhooks import delivery, endpoints


async def bring_forward(database: Database) -> int:
    """Let nothing be due later than it could be if it began now; return how many rows changed.

    Scheduled messages and deadlines are of the calendar, and stay. Doing it twice does no harm.
    """
    longest = [delay.total_seconds() * (1 + delivery.JITTER) for delay in delivery.SCHEDULE]
    count = 0
    async with database.begin() as connection:
        for statement, values in (
            (_WEBHOOKS, (delivery.CLAIM_SECONDS, longest)),
            (_BATCHES, (delivery.CLAIM_SECONDS,)),
            (_PROBES, (endpoints.LONGEST_PROBE_SECONDS,)),
            (_ESMES, (esme_outbox.CLAIM_SECONDS, esme_outbox.RETRY_SECONDS)),
            (_QUEUE, (max(responses.RETRY_SECONDS),)),
            (_LEASES, (leases.LEASE_SECONDS,)),
            (_HEARTBEATS, ()),
        ):
            status = await connection.execute(statement, *values)
            count += int(status.rpartition(" ")[2])
    return count


_WEBHOOKS: Final = """
UPDATE webhooks w SET due_at = now() + make_interval(secs => late.seconds)
FROM (
  SELECT message_sid, ordinal, CASE
    WHEN claimed_by IS NOT NULL THEN $1::float8
    WHEN tries = 0 THEN 0
    ELSE ($2::float8[])[tries] END AS seconds
  FROM webhooks WHERE due_at > now() AND parked_for IS NULL
) AS late
WHERE w.message_sid = late.message_sid AND w.ordinal = late.ordinal
  AND w.due_at > now() + make_interval(secs => late.seconds)
"""
_BATCHES: Final = """
UPDATE callback_batches SET due_at = now() + make_interval(secs => $1::float8)
WHERE due_at > now() + make_interval(secs => $1::float8)
"""
_PROBES: Final = """
UPDATE webhook_endpoints SET probe_at = now() + make_interval(secs => $1::float8)
WHERE probe_at > now() + make_interval(secs => $1::float8)
"""
_ESMES: Final = """
UPDATE esme_deliveries
SET due_at = CASE WHEN claimed_by IS NULL THEN now()
                  ELSE now() + make_interval(secs => $1::float8) END
WHERE due_at > now() + make_interval(
  secs => CASE WHEN claimed_by IS NULL THEN $2::float8 ELSE $1::float8 END)
"""
_QUEUE: Final = """
UPDATE queue SET not_before = now() + make_interval(secs => $1::float8)
WHERE not_before > now() + make_interval(secs => $1::float8) AND attempts > 0
"""
_LEASES: Final = """
UPDATE connector_leases SET expires_at = now() + make_interval(secs => $1::float8)
WHERE expires_at > now() + make_interval(secs => $1::float8)
"""
_HEARTBEATS: Final = "UPDATE worker_processes SET seen_at = now() WHERE seen_at > now()"
