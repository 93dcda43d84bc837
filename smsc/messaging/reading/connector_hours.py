"""What went over connectors in the last day, by the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from smsc.db import Database

HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class ConnectorHour:
    """The segments that a remote took and refused in an hour, and what came from it."""

    begins: datetime
    accepted: int = 0
    refused: int = 0
    received: int = 0


async def last_day(
    database: Database, carrier_sid: str, now: datetime, connector_sids: Sequence[str]
) -> Mapping[str, Sequence[ConnectorHour]]:
    """Return 24 hours of each connector of the carrier, the present one last."""
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first -= timedelta(hours=HOURS - 1)
    async with database.single() as connection:
        rows = await connection.fetch(READ, list(connector_sids), first, carrier_sid)
    counted = {(row[0], row[1]): ConnectorHour(*row[1:]) for row in rows}
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    return {
        sid: [counted.get((sid, hour), ConnectorHour(hour)) for hour in hours]
        for sid in connector_sids
    }


READ: Final = """
SELECT connector_sid, hour, accepted, refused, received FROM connector_hours
WHERE connector_sid = ANY($1::text[]) AND hour >= $2 AND carrier_sid = $3
"""
