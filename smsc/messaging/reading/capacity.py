"""What connectors can do in segments a second, beside what waits and what the last day asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smsc.db import Database
from smsc.messaging.reading.overview import MOST_WAITING

MOST_CONNECTORS: Final = 200


@dataclass(frozen=True, slots=True)
class Capacity:
    """One connector's, in segments."""

    connector_sid: str
    name: str
    is_bound: bool
    per_second: float | None  # as set, of it or of its channels; None: as fast as it answers
    queued: int  # 10,000 at most
    busiest_hour: int  # taken by the remote in one hour of the last 24
    day: int  # and in all of them

    @property
    def seconds_to_empty(self) -> float | None:
        """In how long what waits has gone, if nothing else comes; None: nobody can say."""
        rate = self.per_second or self.busiest_hour / 3600
        return self.queued / rate if rate and self.is_bound else None


async def capacities(database: Database, carrier_sid: str) -> Sequence[Capacity]:
    """Return the capacity of each of a carrier's connectors, by name."""
    async with database.single() as connection:
        rows = await connection.fetch(CAPACITIES, carrier_sid, MOST_CONNECTORS)
    return [
        Capacity(sid, name, bound, None if rate is None else float(rate), queued, busiest, day)
        for sid, name, bound, rate, queued, busiest, day in rows
    ]


# Of a connector whose channels have rates, their sum counts, and never more than its own.
CAPACITIES: Final = f"""
SELECT c.sid, c.name, l.state = 'bound' AND l.expires_at > now(),
       least(c.throughput, CASE WHEN c.channel_selection IN ('bind', 'field') THEN h.rate END),
       q.waiting, d.busiest, d.total
FROM connectors c
JOIN connector_leases l ON l.connector_sid = c.sid
CROSS JOIN LATERAL (
  SELECT sum(throughput) AS rate FROM channels WHERE connector_sid = c.sid AND NOT paused
) h
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting
  FROM (SELECT FROM queue WHERE connector_sid = c.sid LIMIT {MOST_WAITING}) waiting_here
) q
CROSS JOIN LATERAL (
  SELECT coalesce(max(accepted), 0)::bigint AS busiest, coalesce(sum(accepted), 0)::bigint AS total
  FROM connector_hours WHERE connector_sid = c.sid AND hour > now() - interval '24 hours'
) d
WHERE c.carrier_sid = $1 ORDER BY c.name LIMIT $2
"""  # noqa: S608 a constant
