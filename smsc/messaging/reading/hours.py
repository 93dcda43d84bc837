"""Traffic since a moment: what is counted by the hour, and what is to be counted yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from smsc import sids
from smsc.db import Connection
from smsc.messaging.reading.queries import scope_of
from smsc.messaging.traffic_hours import HOUR, SIDS_AFTER, SIDS_BEFORE
from smsc.provisioning.reach import Reach

# Messages an account, of what has no hour: the end of the present hour's, unless the clock stands.
MOST_LIVE: Final = 1_000_000
_AHEAD: Final = timedelta(minutes=10)  # another machine's clock may be


@dataclass(frozen=True, slots=True)
class Since:
    """The hours [begins, through) are counted; the spans [from, until) beside them are not."""

    begins: datetime
    through: datetime
    live: Sequence[tuple[datetime, datetime]]


async def since(connection: Connection, carrier_sid: str, moment: datetime, now: datetime) -> Since:
    """Say what is counted of a carrier's traffic since a moment."""
    known = await connection.fetchrow(
        "SELECT first, through FROM traffic_through WHERE carrier_sid = $1", carrier_sid
    )
    end = now + _AHEAD
    if known is None:
        return Since(moment, moment, [(moment, end)])
    begins = max(_next_hour(moment), known["first"])
    through = known["through"]
    if through <= begins:
        return Since(begins, begins, [(moment, end)])
    spans = [(moment, begins), (through, end)]
    return Since(begins, through, [span for span in spans if span[0] < span[1]])


async def fetch(
    connection: Connection, reach: Reach, span: Since, columns: str
) -> Sequence[asyncpg.Record]:
    """Return these columns of the hours that are counted, of each account in reach."""
    parameters: list[object] = [reach.carrier_sid, span.begins, span.through]
    condition = ""
    if reach.account_sids is not None:
        parameters.append(reach.account_sids)
        condition = "AND account_sid = ANY($4::text[])"
    rows: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {columns} FROM traffic_hours "  # noqa: S608 constants and parameter numbers
        f"WHERE carrier_sid = $1 AND hour >= $2 AND hour < $3 {condition}",
        *parameters,
    )
    return rows


def live(reach: Reach, columns: str) -> tuple[str, list[object]]:
    """Return as a relation `m` the messages in reach of spans, and its first parameters.

    `bounds` gives the others.
    """
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    begins, ends, first, last = (f"${len(parameters) + number}" for number in range(1, 5))
    return (
        f"{scope} CROSS JOIN unnest({begins}::timestamptz[], {ends}::timestamptz[], "  # noqa: S608 as above
        f"{first}::text[], {last}::text[]) AS span (begins, ends, first, last) "
        f"CROSS JOIN LATERAL (SELECT {columns} FROM messages "
        "WHERE account_sid = a.reached AND carrier_sid = $1 AND sid >= span.first "
        "AND sid < span.last AND created_at >= span.begins AND created_at < span.ends "
        f"ORDER BY sid DESC LIMIT {MOST_LIVE}) m"
    ), parameters


def bounds(span: Since) -> tuple[Sequence[object], ...]:
    """Return what the parameters of `live` end with."""
    return (
        [begin for begin, _ in span.live],
        [end for _, end in span.live],
        [sids.first_of(sids.Prefix.MESSAGE, begin - SIDS_BEFORE) for begin, _ in span.live],
        [sids.first_of(sids.Prefix.MESSAGE, end + SIDS_AFTER) for _, end in span.live],
    )


def _next_hour(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if hour == moment else hour + HOUR
