"""Events for carriers' programs that come of the traffic: what came in, and what has ended."""

from collections.abc import Sequence
from typing import Final

from smsc import sids
from smsc.db import Connection
from smsc.sms.status import MessageStatus

FINAL: Final = frozenset(
    {
        MessageStatus.DELIVERED,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
        MessageStatus.CANCELED,
    }
)
# Whether anybody wants events of messages: asked within the traffic's own statement, once a batch.
IS_WANTED: Final = (
    "(SELECT EXISTS (SELECT FROM event_subscriptions WHERE wants_messages AND state = 'active'))"
)


async def tell(connection: Connection, message_sids: Sequence[str]) -> None:
    """Owe the statuses of these messages, final ones, to whoever subscribes to them."""
    if message_sids:
        fresh = [sids.make(sids.Prefix.EVENT) for _ in message_sids]
        await connection.execute(TELL, list(message_sids), fresh)


TELL: Final = """
WITH wanted AS MATERIALIZED (
  SELECT told.event_sid, m.sid, m.carrier_sid, m.account_sid, 'message.' || m.status AS type,
         s.sid AS subscription_sid
  FROM unnest($1::text[], $2::text[]) AS told (sid, event_sid)
  JOIN messages m ON m.sid = told.sid
  JOIN event_subscriptions s ON s.carrier_sid = m.carrier_sid
   AND s.wants_messages AND s.state = 'active' AND 'message.' || m.status = ANY (s.types)
   AND (s.account_sid IS NULL OR s.account_sid = m.account_sid)
), entered AS (
  INSERT INTO carrier_events (sid, carrier_sid, account_sid, type, message_sid)
  SELECT DISTINCT event_sid, carrier_sid, account_sid, type, sid FROM wanted
)
INSERT INTO event_deliveries (subscription_sid, event_sid, carrier_sid)
SELECT subscription_sid, event_sid, carrier_sid FROM wanted
"""
