"""SQL of what leaves the queue without ever being claimed: where it waits, and how it ends."""

from typing import Final

# `waiting`: the connectors of the queue, one index probe each; a count of them all would read
# every row. The last is NULL.
WAITING_CONNECTORS: Final = """
WITH RECURSIVE waiting AS (
  (SELECT connector_sid FROM queue ORDER BY connector_sid LIMIT 1)
  UNION ALL
  SELECT (SELECT q.connector_sid FROM queue q WHERE q.connector_sid > w.connector_sid
          ORDER BY q.connector_sid LIMIT 1)
  FROM waiting w WHERE w.connector_sid IS NOT NULL
)
"""
# After `over (place)`, with $2 the status of what was never answered: a segment for each of them.
ENDED_UNSUBMITTED: Final = """
, gone AS (
  DELETE FROM queue USING over WHERE queue.ctid = over.place RETURNING queue.*
)
INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                      command_status, submitted_at, answered_at)
SELECT message_sid, number, carrier_sid, account_sid, connector_sid, $2, now(), now() FROM gone
RETURNING message_sid, number
"""
