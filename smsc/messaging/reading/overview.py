"""What a home page says: the messages since a moment by status, alerts, and what waits where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from smsc.db import Database
from smsc.messaging.reading import hours
from smsc.messaging.reading.queries import scope_of
from smsc.models import Direction
from smsc.provisioning.reach import Reach
from smsc.sms.status import MessageStatus

MOST_WAITING: Final = 10_000  # segments a connector: a page is made in milliseconds
_DECIDED: Final = (MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages by status."""

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


async def traffic(database: Database, reach: Reach, since: datetime, now: datetime) -> Traffic:
    """Count the messages in reach that were made since a moment."""
    text, parameters = traffic_statement(reach)
    async with database.begin() as connection:
        span = await hours.since(connection, reach.carrier_sid, since, now)
        counted = await hours.fetch(connection, reach, span, "sent, received")
        rows = await connection.fetch(text, *parameters, *hours.bounds(span))
    outbound = Counter[str]()
    received = 0
    for sent, inbound in counted:
        outbound.update(orjson.loads(sent))
        received += inbound
    for status, is_inbound, count in rows:
        if is_inbound:
            received += count
        else:
            outbound[status] += count
    return Traffic(outbound, received)


def traffic_statement(reach: Reach) -> tuple[str, list[object]]:
    """Return what counts the messages that have no hour, and its first parameters."""
    is_inbound = f"direction = '{Direction.INBOUND}' AS is_inbound"
    messages, parameters = hours.live(reach, f"status, {is_inbound}")
    return (
        f"SELECT status, is_inbound, count(*) FROM {messages} GROUP BY 1, 2",  # noqa: S608 constants
        parameters,
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
