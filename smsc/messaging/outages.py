"""Notices connectors that go down or come back, and channels whose quotas are used up."""

from typing import Final

from smsc.db import Database

SETTLED_SECONDS: Final = 10  # a lease that changes hands is no outage


async def watch_connectors(database: Database) -> int:
    """Note which connectors are up, and tell what has lasted; return how many were told.

    Paused ones, and those that are lent to a probe, rest: that is nobody's outage.
    """
    async with database.single() as connection:
        if not await connection.fetchval(_IS_THERE_NEWS):  # as nearly always
            return 0
    async with database.begin() as connection:
        await connection.execute(_NOTE_STATES)
        rows = await connection.fetch(_TELL_STATES, SETTLED_SECONDS)
    return len(rows)


async def watch_quotas(database: Database) -> int:
    """Tell, once a day or month, that a channel's quota of it is used up; return how many."""
    async with database.single() as connection:
        rows = await connection.fetch(_TELL_QUOTAS)
    return len(rows)


_CHANGED: Final = """
SELECT c.sid, c.carrier_sid, now_.state
FROM connectors c JOIN connector_leases l ON l.connector_sid = c.sid
CROSS JOIN LATERAL (
  SELECT CASE WHEN c.paused OR c.lent_until > now() THEN 'resting'
              WHEN l.owner IS NOT NULL AND l.expires_at > now() AND l.state = 'bound' THEN 'up'
              ELSE 'down' END AS state
) AS now_
LEFT JOIN connector_states known ON known.connector_sid = c.sid
WHERE known.state IS DISTINCT FROM now_.state
"""
_IS_THERE_NEWS: Final = f"""
SELECT EXISTS ({_CHANGED})
    OR EXISTS (SELECT FROM connector_states WHERE told <> state AND state <> 'resting')
"""  # noqa: S608 built of a constant
_NOTE_STATES: Final = f"""
INSERT INTO connector_states AS s (connector_sid, carrier_sid, state)
{_CHANGED}
ON CONFLICT (connector_sid) DO UPDATE SET state = EXCLUDED.state, since = now()
WHERE s.state <> EXCLUDED.state
"""
# What rested before is told of only when it is up or down again.
_TELL_STATES: Final = """
WITH changed AS (
  UPDATE connector_states s SET told = s.state
  FROM connectors c JOIN connector_leases l ON l.connector_sid = c.sid
  WHERE s.connector_sid = c.sid AND s.told <> s.state AND s.state <> 'resting'
    AND s.since < now() - make_interval(secs => $1)
  RETURNING c.sid, c.carrier_sid, c.name, s.state, s.since, l.reason
)
SELECT tell_carrier(carrier_sid, NULL, 'connector.' || state, jsonb_build_object(
         'sid', sid, 'name', name, 'since', since, 'reason', reason))
FROM changed
"""
_TELL_QUOTAS: Final = """
WITH today AS (
  SELECT c.*, (now() AT TIME ZONE c.time_zone)::date AS day FROM channels c
  WHERE coalesce(c.day_segments, c.month_segments, c.day_recipients, c.month_recipients) IS NOT NULL
), spans AS (
  SELECT t.sid, t.carrier_sid, t.connector_sid, t.number, t.name, p.*
  FROM today t CROSS JOIN LATERAL (VALUES
    ('day', t.day, t.day_segments, t.day_recipients),
    ('month', date_trunc('month', t.day - (t.month_starts_on - 1))::date + (t.month_starts_on - 1),
     t.month_segments, t.month_recipients)
  ) AS p (period, starts_on, most_segments, most_recipients)
), used_up AS (
  SELECT s.*, u.segments, u.recipients FROM spans s
  JOIN channel_usage u
    ON u.channel_sid = s.sid AND u.period = s.period AND u.starts_on = s.starts_on
  WHERE u.segments >= s.most_segments OR u.recipients >= s.most_recipients
), noticed AS (
  INSERT INTO channel_notices AS n (channel_sid, period, carrier_sid, starts_on)
  SELECT sid, period, carrier_sid, starts_on::text FROM used_up
  ON CONFLICT (channel_sid, period) DO UPDATE SET starts_on = EXCLUDED.starts_on
  WHERE n.starts_on <> EXCLUDED.starts_on
  RETURNING channel_sid, period
)
SELECT tell_carrier(u.carrier_sid, NULL, 'channel.quota_used_up', jsonb_build_object(
         'sid', u.sid, 'connector_sid', u.connector_sid, 'number', u.number, 'name', u.name,
         'period', u.period, 'starts_on', u.starts_on, 'segments', u.segments,
         'recipients', u.recipients))
FROM noticed n JOIN used_up u ON u.sid = n.channel_sid AND u.period = n.period
"""
