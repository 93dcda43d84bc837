"""Webhooks that are sent once more because somebody asks: of one message, or all that failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from smsc import audit, sids
from smsc.audit import Deed
from smsc.db import Connection, Database
from smsc.messaging.directory import Directory
from smsc.messaging.status_statements import ORDINAL_FINAL, ORDINAL_RECEIVED, ORDINAL_SENT

MOST_AT_ONCE: Final = 10_000


async def replay_message(
    database: Database, directory: Directory, account_sid: str, message_sid: str
) -> int:
    """Owe each event of a message again, under its old id; return how many there are."""
    async with database.begin() as connection:
        await audit.note_on(connection, Deed("replayed", "webhooks", message_sid, account_sid))
        return await _replay(connection, directory, account_sid, [(message_sid, None)])


async def replay_failed(
    database: Database, directory: Directory, account_sid: str, since: datetime
) -> int:
    """Owe again what the last try of failed, of messages since then; return how many there are.

    At most `MOST_AT_ONCE`, oldest first: ask again for the rest.
    """
    async with database.begin() as connection:
        rows = await connection.fetch(
            _FAILED, account_sid, sids.first_of(sids.Prefix.MESSAGE, since), MOST_AT_ONCE
        )
        await audit.note_on(
            connection,
            Deed("replayed", "webhooks", account_sid=account_sid, facts={"failed_since": since}),
        )
        return await _replay(connection, directory, account_sid, [(sid, e) for sid, e in rows])


async def _replay(
    connection: Connection,
    directory: Directory,
    account_sid: str,
    asked: Sequence[tuple[str, str | None]],
) -> int:
    messages = [sid for sid, _ in asked]
    events = [event for _, event in asked]
    status: str = await connection.execute(_OUTBOUND, messages, events, account_sid)
    count = int(status.rpartition(" ")[2])
    received = await connection.fetch(_RECEIVED, messages, account_sid)
    urls = []
    for sid, carrier_sid, to in received:
        number = await directory.number(carrier_sid, to)
        if number is not None and number.account_sid == account_sid and number.sms_url:
            urls.append(
                (
                    *(sid, number.sms_url, number.sms_method),
                    *(number.sms_fallback_url, number.sms_fallback_method),
                )
            )
    if urls:
        status = await connection.execute(_INBOUND, *map(list, zip(*urls, strict=True)))
        count += int(status.rpartition(" ")[2])
    return count


# What is being delivered at this moment stays as it is; what waits for a retry waits no longer.
_AGAIN: Final = """
ON CONFLICT (message_sid, ordinal) DO UPDATE
SET due_at = now(), tries = 0, parked_for = NULL WHERE w.claimed_by IS NULL
"""

_FAILED: Final = """
SELECT message_sid, event FROM (
  SELECT DISTINCT ON (message_sid, event) message_sid, event, http_status
  FROM webhook_attempts WHERE account_sid = $1 AND message_sid >= $2
  ORDER BY message_sid, event, seq DESC
) AS last
WHERE http_status IS NULL OR http_status NOT BETWEEN 200 AND 299
ORDER BY message_sid LIMIT $3
"""

_OUTBOUND: Final = f"""
INSERT INTO webhooks AS w (message_sid, ordinal, event, carrier_sid, account_sid, url, error_code)
SELECT m.sid, CASE e.event WHEN 'sent' THEN {ORDINAL_SENT} ELSE {ORDINAL_FINAL} END, e.event,
       m.carrier_sid, m.account_sid, m.status_callback,
       CASE WHEN e.event IN ('failed', 'undelivered') THEN m.error_code END
FROM unnest($1::text[], $2::text[]) AS asked (sid, event)
JOIN messages m ON m.sid = asked.sid,
LATERAL (
  SELECT n.event FROM message_events n
  WHERE n.message_sid = m.sid AND n.event IN ('sent', 'delivered', 'undelivered', 'failed')
  UNION SELECT 'sent' WHERE m.sent_at IS NOT NULL AND m.segments_failed = 0
  UNION SELECT 'delivered' WHERE m.status = 'delivered'
) AS e
WHERE m.account_sid = $3 AND m.status_callback IS NOT NULL
  AND (asked.event IS NULL OR e.event = asked.event)
{_AGAIN}"""  # noqa: S608 built of constants

_RECEIVED: Final = """
SELECT sid, carrier_sid, to_ FROM messages
WHERE sid = ANY($1::text[]) AND account_sid = $2 AND direction = 'inbound'
"""

_INBOUND: Final = f"""
INSERT INTO webhooks AS w (message_sid, ordinal, event, carrier_sid, account_sid, url, method,
                           fallback_url, fallback_method)
SELECT m.sid, {ORDINAL_RECEIVED}, 'received', m.carrier_sid, m.account_sid, t.url, t.method,
       t.fallback_url, t.fallback_method
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
  AS t (sid, url, method, fallback_url, fallback_method)
JOIN messages m ON m.sid = t.sid
{_AGAIN}"""  # noqa: S608 built of constants
