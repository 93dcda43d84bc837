"""The gate's way for many at once: ends all messages of a span that were never claimed."""

from dataclasses import dataclass
from typing import Final

from smsc.db import Connection
from smsc.sms.status import MessageStatus


@dataclass(frozen=True, slots=True)
class Span:
    """Messages of a bulk that wait for one connector: behind `after_sid`, both ends included."""

    bulk_sid: str
    connector_sid: str
    after_sid: str
    first_sid: str
    last_sid: str


async def end(
    connection: Connection, span: Span, to: MessageStatus, error_code: int | None, why: str
) -> int:
    """Give a final status to what waits of a span, note it, and give back what it had cost.

    As `statuses.advance` does one by one, and guarded like it: only what is `queued`, and of which
    no segment was answered. These messages owe nobody a callback. Returns how many.
    """
    count: int = await connection.fetchval(
        _END,
        span.bulk_sid,
        span.connector_sid,
        span.after_sid,
        span.first_sid,
        span.last_sid,
        to.value,
        error_code,
        why,
    )
    return count


_END: Final = """
WITH ended AS (
  UPDATE messages m
  SET status = $6, error_code = $7, updated_at = clock_timestamp(),
      segments_failed = CASE WHEN $6 = 'failed' THEN coalesce(m.num_submits, m.num_segments)
                             ELSE 0 END
  WHERE m.sid > $3 AND m.sid >= $4 AND m.sid <= $5 AND m.bulk_sid = $1 AND m.connector_sid = $2
    AND m.status = 'queued' AND m.segments_sent + m.segments_failed = 0
  RETURNING m.sid, m.carrier_sid, m.account_sid, m.status
), noted AS (
  INSERT INTO message_events (message_sid, carrier_sid, account_sid, event, why)
  SELECT sid, carrier_sid, account_sid, status, $8 FROM ended
), given_back AS (
  INSERT INTO ledger (carrier_sid, account_sid, payer_sid, message_sid, kind, category, amount,
                      price_unit)
  SELECT l.carrier_sid, l.account_sid, l.payer_sid, l.message_sid, 'reversal', l.category,
         -l.amount, l.price_unit
  FROM ended e JOIN ledger l ON l.message_sid = e.sid AND l.kind = 'charge'
  RETURNING payer_sid, amount
), refunded AS (
  UPDATE balances b SET balance = b.balance + g.amount, updated_at = now()
  FROM (SELECT payer_sid, sum(amount) AS amount FROM given_back GROUP BY payer_sid) AS g
  WHERE b.account_sid = g.payer_sid
)
SELECT count(*) FROM ended
"""
