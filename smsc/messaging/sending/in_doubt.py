"""Settles segments that were written and never answered, as their connector's policy says."""

from collections.abc import Sequence
from typing import Final

from smsc.db import Connection
from smsc.messaging.sending.held import PROVIDER_TIMEOUT
from smsc.messaging.sending.leases import Lease
from smsc.messaging.sending.responses import NEVER_ANSWERED
from smsc.messaging.statuses import Advance, Changed, advance

# "Once more" after a remote that stays silent. A session or a process that dies is no word of the
# remote's, so it may happen more often; not for ever, or one poisonous segment would never end.
RESUBMITS_AFTER_SILENCE: Final = 1
RESUBMITS_AFTER_A_BREAK: Final = 5


async def settle(
    connection: Connection, segments: Sequence[tuple[str, int, int]], why: str, *, silence: bool
) -> list[Changed]:
    """Settle (message_sid, number, epoch)s whose session broke or whose remote stayed silent."""
    if not segments:
        return []
    rows = await connection.fetch(
        _SETTLE_THESE,
        why,
        RESUBMITS_AFTER_SILENCE if silence else RESUBMITS_AFTER_A_BREAK,
        NEVER_ANSWERED,
        [sid for sid, _, _ in segments],
        [number for _, number, _ in segments],
        [epoch for _, _, epoch in segments],
    )
    return await advance(connection, [_failed(sid, number, why) for sid, number in rows])


async def settle_earlier(connection: Connection, leases: Sequence[Lease]) -> list[Changed]:
    """Settle what earlier owners of these connectors left in flight when they died."""
    if not leases:
        return []
    why = "the process that sent it ended before an answer came"
    rows = await connection.fetch(
        _SETTLE_EARLIER,
        why,
        RESUBMITS_AFTER_A_BREAK,
        NEVER_ANSWERED,
        [lease.connector_sid for lease in leases],
        [lease.epoch for lease in leases],
    )
    return await advance(connection, [_failed(sid, number, why) for sid, number in rows])


def _failed(message_sid: str, number: int, why: str) -> Advance:
    return Advance(
        message_sid=message_sid, failed=1, number=number, error_code=PROVIDER_TIMEOUT, why=why
    )


# `doubted` is what its connector's policy has to judge: it is submitted once more, with an entry in
# the ledger of doubles; or held for a receipt; or it ends unanswered. Every doubt is noted.
_JUDGE: Final = """
), judged AS (
  SELECT d.*, c.in_doubt_policy = 'hold' AS hold,
         c.in_doubt_policy = 'resubmit' AND d.doubts < $2 AS again
  FROM doubted d JOIN connectors c ON c.sid = d.connector_sid
), held AS (
  UPDATE in_flight f SET held_at = now() FROM judged j
  WHERE j.hold AND f.message_sid = j.message_sid AND f.number = j.number
), gone AS (
  DELETE FROM in_flight f USING judged j
  WHERE NOT j.hold AND f.message_sid = j.message_sid AND f.number = j.number
), back AS (
  INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
                     attempts, doubts)
  SELECT connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid,
         attempts, doubts + 1
  FROM judged WHERE again
), ledger AS (
  INSERT INTO double_submits (message_sid, number, at, carrier_sid, account_sid, connector_sid, why)
  SELECT message_sid, number, clock_timestamp(), carrier_sid, account_sid, connector_sid, $1
  FROM judged WHERE again
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, number, why)
  SELECT message_sid, carrier_sid, account_sid,
         CASE WHEN again THEN 'resubmitted' ELSE 'in_doubt' END, number, $1
  FROM judged
)
INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                      command_status, submitted_at, answered_at)
SELECT message_sid, number, carrier_sid, account_sid, connector_sid, $3, claimed_at, now()
FROM judged WHERE NOT again AND NOT hold
RETURNING message_sid, number
"""

_SETTLE_THESE: Final = f"""
WITH doubted AS (
  SELECT f.* FROM in_flight f
  JOIN unnest($4::text[], $5::smallint[], $6::bigint[]) AS doubt (message_sid, number, epoch)
    ON f.message_sid = doubt.message_sid AND f.number = doubt.number AND f.epoch = doubt.epoch
  WHERE f.held_at IS NULL
  FOR UPDATE OF f
{_JUDGE}
"""  # noqa: S608 built of the constant above

_SETTLE_EARLIER: Final = f"""
WITH doubted AS (
  SELECT f.* FROM in_flight f
  JOIN unnest($4::text[], $5::bigint[]) AS lease (connector_sid, epoch)
    ON f.connector_sid = lease.connector_sid AND f.epoch < lease.epoch
  WHERE f.held_at IS NULL
  FOR UPDATE OF f
{_JUDGE}
"""  # noqa: S608 built of the constant above
