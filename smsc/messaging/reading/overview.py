"""What a home page says: the messages since a moment by status, alerts, and what waits where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc import sids
from smsc.db import Database
from smsc.messaging.reading.queries import scope_of
from smsc.models import Direction
from smsc.provisioning.reach import Reach
from smsc.sms.status import MessageStatus

MOST_COUNTED: Final = 50_000  # messages an account: a page is made in milliseconds
MOST_WAITING: Final = 10_000  # segments a connector, the same
_DECIDED: Final = (MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages by status, of each account the latest 50,000 at most."""

    outbound: Mapping[str, int]
    received: int

    @property
    def sent(self) -> int:
        """All that were to be sent."""
        return sum(self.outbound.values())

    @property
    def delivery_rate(self) -> float | None:
        """The share that arrived of those that are decided; None while none is."""
        decided = sum(self.outbound.get(status, 0) for status in _DECIDED)
        return self.outbound.get(MessageStatus.DELIVERED, 0) / decided if decided else None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert in one line, and the message that it is about."""

    sid: str
    created_at: datetime
    log_level: str
    error_code: int
    resource_sid: str
    request_url: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a connector, and what it was given and has not answered."""

    queued: int = 0
    in_flight: int = 0

    @property
    def is_more(self) -> bool:
        """Whether more waits than was counted."""
        return self.queued >= MOST_WAITING


async def traffic(database: Database, reach: Reach, since: datetime) -> Traffic:
    """Count the messages in reach that were made since a moment."""
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    parameters.append(sids.first_of(sids.Prefix.MESSAGE, since))
    statement = (
        "SELECT m.status, m.is_inbound, count(*) "  # noqa: S608 constants and parameter numbers
        f"FROM {scope} CROSS JOIN LATERAL (SELECT status, direction = '{Direction.INBOUND}' "
        f"AS is_inbound FROM messages WHERE account_sid = a.reached AND carrier_sid = $1 "
        f"AND sid >= ${len(parameters)} ORDER BY sid DESC LIMIT {MOST_COUNTED}) m GROUP BY 1, 2"
    )
    async with database.single() as connection:
        rows = await connection.fetch(statement, *parameters)
    return Traffic(
        outbound={status: count for status, is_inbound, count in rows if not is_inbound},
        received=sum(count for _, is_inbound, count in rows if is_inbound),
    )


async def alerts(database: Database, reach: Reach, limit: int) -> Sequence[AlertLine]:
    """Return the latest alerts in reach, newest first."""
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    parameters.append(limit)
    most = f"ORDER BY sid DESC LIMIT ${len(parameters)}"
    statement = (
        "SELECT n.* "  # noqa: S608 as above
        f"FROM {scope} CROSS JOIN LATERAL (SELECT sid, created_at, log_level, error_code, "
        "resource_sid, request_url FROM alerts WHERE account_sid = a.reached "
        f"AND carrier_sid = $1 {most}) n {most}"
    )
    async with database.single() as connection:
        return [AlertLine(*row) for row in await connection.fetch(statement, *parameters)]


async def backlogs(database: Database, carrier_sid: str) -> Mapping[str, Backlog]:
    """Return what waits for each connector of a carrier, 10,000 segments at most of each."""
    async with database.single() as connection:
        rows = await connection.fetch(_BACKLOGS, carrier_sid)
    return {sid: Backlog(queued, in_flight) for sid, queued, in_flight in rows}


_BACKLOGS: Final = f"""
SELECT c.sid, q.waiting, f.unanswered
FROM connectors c
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting
  FROM (SELECT FROM queue WHERE connector_sid = c.sid LIMIT {MOST_WAITING}) waiting_here
) q
CROSS JOIN LATERAL (
  SELECT count(*) AS unanswered FROM in_flight WHERE connector_sid = c.sid
) f
WHERE c.carrier_sid = $1
"""  # noqa: S608 a constant
