"""What has just happened to messages in reach: the latest events, of whichever account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from smsc.db import Database
from smsc.messaging.reading.queries import scope_of
from smsc.provisioning.reach import Reach

MOST_MESSAGES: Final = 100  # the newest, whose events are looked at
_MOST_OF_ONE: Final = 8
# What goes well is in the message's own row.
_IS_NOT_NOTED: Final = (
    "NOT EXISTS (SELECT FROM message_events n WHERE n.message_sid = m.sid AND n.event = '{}')"
)


class StreamEvent(NamedTuple):
    """A change of one message."""

    at: datetime
    event: str  # its status then
    message_sid: str
    direction: str
    from_: str
    to: str
    why: str | None


async def latest(
    database: Database, reach: Reach, limit: int, account_sid: str | None = None
) -> Sequence[StreamEvent]:
    """Return the latest events of the newest messages in reach, newest first."""
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters, account_sid)
    parameters.append(limit)
    async with database.single() as connection:
        rows = await connection.fetch(statement(scope, len(parameters)), *parameters)
    return [StreamEvent._make(row) for row in rows]


def statement(scope: str, limit_parameter: int) -> str:
    """Walk the index of each account for its newest messages, then what is noted of each."""
    newest = f"ORDER BY sid DESC LIMIT {MOST_MESSAGES}"
    return (
        "SELECT e.at, e.event, m.sid, m.direction, m.from_, m.to_, e.why "  # noqa: S608 constants
        f"FROM (SELECT m.* FROM {scope} CROSS JOIN LATERAL (SELECT sid, direction, from_, to_, "
        "created_at, sent_at, updated_at, status, segments_failed FROM messages "
        "WHERE account_sid = a.reached AND carrier_sid = $1 "
        f"{newest}) m {newest}) m CROSS JOIN LATERAL ("
        "SELECT m.created_at AS at, CASE m.direction WHEN 'inbound' THEN 'received' "
        "ELSE 'accepted' END AS event, NULL AS why UNION ALL "
        "(SELECT n.at, n.event, n.why FROM message_events n WHERE n.message_sid = m.sid "
        f"AND n.event NOT IN ('received', 'accepted') ORDER BY n.seq DESC LIMIT {_MOST_OF_ONE})"
        " UNION ALL SELECT m.sent_at, 'sent', NULL WHERE m.sent_at IS NOT NULL "
        f"AND m.segments_failed = 0 AND {_IS_NOT_NOTED.format('sent')} "
        "UNION ALL SELECT m.updated_at, 'delivered', NULL WHERE m.status = 'delivered' "
        f"AND {_IS_NOT_NOTED.format('delivered')}"
        f") e ORDER BY e.at DESC LIMIT ${limit_parameter}"
    )
