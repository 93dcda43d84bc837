"""What owners of connectors tell while they run them: figures now, counts by the hour."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smsc.db import Database
from smsc.messaging.sending.leases import Lease

KEPT_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class VitalsNote:
    """What one connector does, and what went over it since it was last noted."""

    lease: Lease
    figures: Sequence[Mapping[str, object]]  # of each bind
    accepted: int = 0
    refused: int = 0
    received: int = 0


async def note(database: Database, owner: str, notes: Sequence[VitalsNote]) -> None:
    """Write figures and add to the counts of the hour; what was lost to another is left out."""
    async with database.single() as connection:
        await connection.execute(
            NOTE,
            owner,
            [one.lease.connector_sid for one in notes],
            [one.lease.epoch for one in notes],
            [json.dumps(one.figures) for one in notes],
            [one.accepted for one in notes],
            [one.refused for one in notes],
            [one.received for one in notes],
        )


async def forget_old(database: Database) -> int:
    """Remove the counts of hours that nobody looks at any more; say how many."""
    async with database.single() as connection:
        status = await connection.execute(
            "DELETE FROM connector_hours WHERE hour < now() - make_interval(days => $1)", KEPT_DAYS
        )
    return int(status.rpartition(" ")[2])


NOTE: Final = """
WITH told AS (
  SELECT * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
                       $7::bigint[])
    AS t (connector_sid, epoch, figures, accepted, refused, received)
), noted AS (
  UPDATE connector_leases l SET figures = t.figures::jsonb FROM told t
  WHERE l.connector_sid = t.connector_sid AND l.owner = $1 AND l.epoch = t.epoch
  RETURNING l.connector_sid, l.carrier_sid, t.accepted, t.refused, t.received
)
INSERT INTO connector_hours AS h
  (connector_sid, hour, carrier_sid, accepted, refused, received)
SELECT connector_sid, date_trunc('hour', now(), 'UTC'), carrier_sid, accepted, refused, received
FROM noted WHERE accepted + refused + received > 0
ON CONFLICT (connector_sid, hour) DO UPDATE
SET accepted = h.accepted + excluded.accepted, refused = h.refused + excluded.refused,
    received = h.received + excluded.received
"""
