"""Moves scheduled messages that are due into the queue: thousands in one statement."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from smsc.db import Connection
from smsc.errors.services import OptedOut
from smsc.messaging.sending.alike import Alike, Departure
from smsc.messaging.statuses import Advance


async def take(connection: Connection, most: int) -> list[Alike]:
    """Take up to `most` messages that are due off the schedule, gathered by what they share."""
    rows = await connection.fetch(TAKE, most)
    return [Alike(*row) for row in rows]


async def depart(
    connection: Connection, departures: Sequence[Departure], now: datetime
) -> list[Advance]:
    """Queue messages as was planned, charge them, and keep their deadlines and sticky senders.

    Returns what is to be told of those that aren't sent: their recipients have opted out.
    """
    if not departures:
        return []

    def of_each(values: Iterable[object]) -> list[object]:
        """Repeat each departure's value for each of its messages."""
        repeated: list[object] = []
        for departure, value in zip(departures, values, strict=True):
            repeated += [value] * len(departure.of.sids)
        return repeated

    rows = await connection.fetch(
        RELEASE,
        [sid for departure in departures for sid in departure.of.sids],
        [sender for departure in departures for sender in departure.senders],
        of_each(one.way.connector_sid for one in departures),
        of_each(one.sticky_service for one in departures),
        of_each(one.opt_out_scope for one in departures),
        of_each(one.validity for one in departures),
        of_each(one.payer_sid for one in departures),
        of_each(one.price and one.price.amount for one in departures),
        of_each(one.price and one.price.unit for one in departures),
        now,
    )
    return [
        Advance(
            message_sid=sid,
            failed=num_submits,
            error_code=OptedOut.code,
            why=OptedOut().message,
        )
        for sid, num_submits in rows
    ]


async def put_off(connection: Connection, waiting: Sequence[Alike]) -> None:
    """Put messages that were taken back on the schedule, to be looked at in a minute."""
    if waiting:
        await connection.execute(
            _PUT_OFF,
            [sid for alike in waiting for sid in alike.sids],
            [alike.iso_country for alike in waiting for _ in alike.sids],
        )


_PUT_OFF: Final = """
INSERT INTO scheduled_messages (message_sid, carrier_sid, account_sid, send_at, iso_country)
SELECT m.sid, m.carrier_sid, m.account_sid, now() + interval '1 minute', put_off.iso_country
FROM unnest($1::text[], $2::text[]) AS put_off (sid, iso_country)
JOIN messages m ON m.sid = put_off.sid
"""

# For `workers.glances`: in how many seconds `take` will have something to do.
NEXT_DUE: Final = """
SELECT extract(epoch FROM send_at - now())::float8 FROM scheduled_messages
ORDER BY send_at LIMIT 1
"""

# Numbers are told apart as far as the longest prefix of a route or a price; in North America as
# far as their area code.
TAKE: Final = """
WITH due AS MATERIALIZED (
  SELECT message_sid, send_at, iso_country FROM scheduled_messages
  WHERE send_at <= now() ORDER BY send_at, message_sid LIMIT $1 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM scheduled_messages s USING due WHERE s.message_sid = due.message_sid
), waiting AS MATERIALIZED (
  SELECT m.sid, m.account_sid, m.carrier_sid, m.messaging_service_sid, m.from_, m.to_,
         m.text_style, m.lane, m.num_segments, coalesce(m.num_submits, m.num_segments) AS submits,
         due.iso_country, due.send_at
  FROM due JOIN messages m ON m.sid = due.message_sid
  WHERE m.status = 'scheduled'
), carrier AS MATERIALIZED (
  SELECT c.carrier_sid, 1 + greatest(
           (SELECT max(length(prefix)) FROM routes r WHERE r.carrier_sid = c.carrier_sid),
           (SELECT max(length(prefix)) FROM tariffs t
            WHERE t.carrier_sid = c.carrier_sid AND t.direction = 'outbound'),
           0) AS told_apart
  FROM (SELECT DISTINCT carrier_sid FROM waiting) AS c
)
SELECT w.account_sid, w.messaging_service_sid, w.from_, w.text_style, w.lane, w.iso_country,
       left(w.to_, CASE WHEN w.to_ LIKE '+1%' THEN greatest(c.told_apart, 5)
                        ELSE c.told_apart END) AS head,
       array_agg(w.sid ORDER BY w.send_at, w.sid), array_agg(w.submits ORDER BY w.send_at, w.sid),
       sum(w.num_segments)
FROM waiting w JOIN carrier c ON c.carrier_sid = w.carrier_sid
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

# The guard is the status: what was canceled meanwhile stays so. No two have one place in the queue:
# a claim's cursor skips what lies before it. Of one recipient's messages all
# go by the sender of the first.
RELEASE: Final = """
WITH due AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[],
                       $7::text[], $8::numeric[], $9::text[]) WITH ORDINALITY
    AS due (sid, sender, connector_sid, sticky_service, scope, validity, payer_sid, price, unit,
            place)
), found AS MATERIALIZED (
  SELECT d.*, $10::timestamptz + d.place * interval '1 microsecond' AS at,
         m.to_, m.num_segments, coalesce(m.num_submits, m.num_segments) AS submits,
         coalesce(m.validity_seconds, d.validity) AS seconds, s.sender AS known,
         first_value(d.sender) OVER (PARTITION BY d.sticky_service, m.to_ ORDER BY d.sid) AS first,
         d.scope IS NOT NULL AND EXISTS (
           SELECT FROM opt_outs o
           WHERE o.account_sid = m.account_sid AND o.scope = d.scope AND o.handset = m.to_
         ) AS opted_out
  FROM due d JOIN messages m ON m.sid = d.sid AND m.status = 'scheduled'
  LEFT JOIN sticky_senders s
    ON s.messaging_service_sid = d.sticky_service AND s.to_ = m.to_ AND (
      EXISTS (SELECT FROM phone_numbers n WHERE n.account_sid = m.account_sid
              AND n.carrier_sid = m.carrier_sid AND n.phone_number = s.sender
              AND n.messaging_service_sid = d.sticky_service)
      OR EXISTS (SELECT FROM alpha_senders a WHERE a.messaging_service_sid = d.sticky_service
                 AND a.alpha_sender = s.sender))
), moved AS (
  UPDATE messages m
  SET status = 'queued', connector_sid = f.connector_sid, queued_at = f.at, updated_at = f.at,
      validity_seconds = f.seconds,
      from_ = CASE WHEN f.sticky_service IS NULL THEN f.sender ELSE coalesce(f.known, f.first) END
  FROM found f WHERE m.sid = f.sid AND m.status = 'scheduled' AND NOT f.opted_out
  RETURNING m.sid, m.carrier_sid, m.account_sid, m.connector_sid, m.lane, m.queued_at,
            m.to_, m.from_, m.num_segments, f.submits, f.seconds, f.payer_sid, f.price, f.unit,
            CASE WHEN f.known IS NULL THEN f.sticky_service END AS sticks_to
), dated AS (
  INSERT INTO message_deadlines (message_sid, carrier_sid, account_sid, expires_at)
  SELECT sid, carrier_sid, account_sid, queued_at + seconds * interval '1 second'
  FROM moved WHERE seconds IS NOT NULL
), stuck AS (
  INSERT INTO sticky_senders AS s (messaging_service_sid, to_, carrier_sid, account_sid, sender)
  SELECT DISTINCT ON (sticks_to, to_) sticks_to, to_, carrier_sid, account_sid, from_
  FROM moved WHERE sticks_to IS NOT NULL
    AND EXISTS (SELECT FROM messaging_services v WHERE v.sid = sticks_to)
  ORDER BY sticks_to, to_
  ON CONFLICT (messaging_service_sid, to_) DO UPDATE
  SET sender = excluded.sender, updated_at = now()
  WHERE s.sender <> excluded.sender
), charged AS (
  INSERT INTO ledger (carrier_sid, account_sid, payer_sid, message_sid, kind, category, amount,
                      price_unit)
  SELECT carrier_sid, account_sid, payer_sid, sid, 'charge',
         CASE WHEN from_ ~ '^[0-9]{1,8}$' THEN 'sms-outbound-shortcode'
              ELSE 'sms-outbound-longcode' END,
         -price * num_segments, unit
  FROM moved WHERE price IS NOT NULL
  RETURNING payer_sid, carrier_sid, amount
), paid AS (
  INSERT INTO balances AS b (account_sid, carrier_sid, balance)
  SELECT payer_sid, carrier_sid, sum(amount) FROM charged GROUP BY 1, 2 ORDER BY 1
  ON CONFLICT (account_sid) DO UPDATE
  SET balance = b.balance + excluded.balance, updated_at = now()
), waits AS (
  INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
  SELECT connector_sid, lane, queued_at, sid, number, carrier_sid, account_sid
  FROM moved, generate_series(1, submits) AS number
)
SELECT sid, submits FROM found WHERE opted_out
"""
