"""Rows as traffic leaves them, made by `generate_series`: history, schedules, a waiting queue."""

import sys
from typing import Final

import asyncpg

from tests.bench.system import NUMBER

# What a message takes with its rows elsewhere and all index entries (2.4 kB measured on 100,000, of
# one that waits 1.1 kB), and a quarter more for the vacuum.
OCTETS_A_MESSAGE: Final = 3_000
OCTETS_WAITING: Final = 1_400
CHUNK: Final = 100_000
_SIZE = "SELECT pg_database_size(current_database())"
_SID = "'SM' || lpad(to_hex({milliseconds}), 12, '0') || '7' || lpad(to_hex(number), 19, '0')"
_COLUMNS = """sid, carrier_sid, account_sid, direction, status, to_, from_, body, data_coding,
  num_segments, lane"""
_VALUES = "'+1201' || lpad((number % 10000000)::text, 7, '0'), $4, 'Message ' || number, 0, 1, 2"

# Times run from 90 days ago to an hour ago, as the numbers run from 1 to $5.
HISTORY: Final = f"""
WITH numbered AS MATERIALIZED (
  SELECT number, now() - interval '1 hour'
                 - interval '90 days' * (1 - number::float8 / $5::float8) AS at
  FROM generate_series($2::bigint, $3::bigint) AS number
), made AS MATERIALIZED (
  SELECT {_SID.format(milliseconds="(extract(epoch FROM at) * 1000)::bigint")} AS made_sid, number,
         at, a.carrier_sid AS of_carrier, a.sid AS of_account,
         (SELECT min(c.sid) FROM connectors c WHERE c.carrier_sid = a.carrier_sid) AS by_connector
  FROM numbered, accounts a WHERE a.sid = $1
), messages_made AS (
  INSERT INTO messages ({_COLUMNS}, segments_sent, segments_delivered, connector_sid,
                        created_at, updated_at, sent_at)
  SELECT made_sid, of_carrier, of_account, 'outbound-api', 'delivered', {_VALUES}, 1, 1,
         by_connector, at, at, at
  FROM made
), segments_made AS (
  INSERT INTO segments (message_sid, number, carrier_sid, account_sid, connector_sid,
                        command_status, smsc_message_id, receipt_key, submitted_at, answered_at,
                        state, receipt_at, receipt_raw)
  SELECT made_sid, 1, of_carrier, of_account, by_connector, 0, 'old' || number,
         decode(md5('old' || number), 'hex'), at, at, 2, at,
         sha512(made_sid::bytea) || sha512(of_account::bytea)  -- as long as one that is sealed
  FROM made
)
INSERT INTO webhook_attempts (message_sid, carrier_sid, account_sid, event, url, at, duration_ms,
                              http_status)
SELECT made_sid, of_carrier, of_account, event, 'http://127.0.0.1/callback', at, 3, 200
FROM made, unnest(ARRAY['sent', 'delivered']) AS event
"""
SCHEDULE: Final = f"""
WITH made AS (
  INSERT INTO messages ({_COLUMNS})
  SELECT {_SID.format(milliseconds="(extract(epoch FROM now()) * 1000)::bigint")},
         carrier_sid, sid, 'outbound-api', 'scheduled', {_VALUES}
  FROM accounts, generate_series($2::bigint, $3::bigint) AS number WHERE sid = $1
  RETURNING sid, carrier_sid, account_sid
)
INSERT INTO scheduled_messages (message_sid, carrier_sid, account_sid, send_at, iso_country)
SELECT sid, carrier_sid, account_sid, now() + interval '1 day', 'US' FROM made
"""
# Here $1 is a connector, and carrier and account are of no row.
WAITING: Final = f"""
WITH made AS (
  INSERT INTO messages ({_COLUMNS}, connector_sid)
  SELECT {_SID.format(milliseconds="(extract(epoch FROM now()) * 1000)::bigint")},
         'CR' || right($1, 32), 'AC' || right($1, 32), 'outbound-api', 'queued', {_VALUES}, $1
  FROM generate_series($2::bigint, $3::bigint) AS number
  RETURNING sid, carrier_sid, account_sid
)
INSERT INTO queue (connector_sid, lane, queued_at, message_sid, number, carrier_sid, account_sid)
SELECT $1, 2, clock_timestamp(), sid, 1, carrier_sid, account_sid FROM made
"""


async def make(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: str, of: str, count: int
) -> float:
    """Run one of the statements above for the numbers 1 to `count`, in transactions of 100,000.

    `of` is an account's SID, for `WAITING` a connector's. Returns the octets that a message takes
    in the database, its rows in other tables and its index entries included.
    """
    before = await connection.fetchval(_SIZE)
    last: tuple[object, ...] = (count,) if "$5" in statement else ()
    for first in range(1, count + 1, CHUNK):
        until = min(first + CHUNK - 1, count)
        await connection.execute(statement, of, first, until, NUMBER, *last, timeout=600)
        if count > CHUNK:
            print(f"  {until:,} of {count:,} made", file=sys.stderr, flush=True)
    await connection.execute("VACUUM (ANALYZE)", timeout=3600)
    return float(await connection.fetchval(_SIZE) - before) / count
