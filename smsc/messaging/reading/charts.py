"""What a home page draws: the last day by hour, country and operator, and how fast it went."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from smsc import sids
from smsc.db import Database
from smsc.messaging.reading.overview import MOST_COUNTED
from smsc.messaging.reading.queries import scope_of
from smsc.provisioning.reach import Reach
from smsc.sms.number_facts import iso_country_of
from smsc.sms.operators import operator_of

HOURS: Final = 24
_MOST_PREFIXES: Final = 2000
_PREFIX_CHARACTERS: Final = 9  # "+85512345": the country, and the operator in nearly all plans


@dataclass(frozen=True, slots=True)
class Hour:
    """What was made in an hour."""

    begins: datetime
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last 24 hours, of each account the latest 50,000 messages at most."""

    hours: Sequence[Hour]
    countries: Sequence[tuple[str, int]]  # ISO, outbound messages; the most first
    operators: Sequence[tuple[str, int]]  # as phonenumbers names them; empty: unknown
    seconds_to_deliver: float | None  # of half of the delivered ones at most


async def last_day(database: Database, reach: Reach, now: datetime) -> LastDay:
    """Count the messages in reach of the last 24 hours, the present one included."""
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first -= timedelta(hours=HOURS - 1)
    parameters: list[object] = [reach.carrier_sid]
    scope = scope_of(reach, parameters)
    parameters.append(sids.first_of(sids.Prefix.MESSAGE, first))
    async with database.single() as connection:
        rows = await connection.fetch(statement(scope, len(parameters)), *parameters)
    counted: dict[str, list[tuple[str, int, int, float | None]]] = {"h": [], "p": [], "t": []}
    for kind, key, sent, received, seconds in rows:
        counted[kind].append((key, sent, received, seconds))
    by_hour = {key: (sent, received) for key, sent, received, _ in counted["h"]}
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    by_prefix = {key: sent for key, sent, _, _ in counted["p"]}
    countries, operators = await asyncio.to_thread(_places, by_prefix)
    return LastDay(
        [Hour(hour, *by_hour.get(f"{hour:%Y-%m-%d %H}", (0, 0))) for hour in hours],
        countries,
        operators,
        counted["t"][0][3],
    )


def statement(scope: str, since_parameter: int) -> str:
    """Walk the index of each account once, and count what is found three ways."""
    return (
        "WITH seen AS MATERIALIZED (SELECT m.* "  # noqa: S608 constants and parameter numbers
        f"FROM {scope} CROSS JOIN LATERAL (SELECT direction = 'inbound' AS is_inbound, status, "
        "to_, created_at, updated_at FROM messages WHERE account_sid = a.reached "
        f"AND carrier_sid = $1 AND sid >= ${since_parameter} "
        f"ORDER BY sid DESC LIMIT {MOST_COUNTED}) m) "
        "SELECT 'h', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24'), "
        "count(*) FILTER (WHERE NOT is_inbound), count(*) FILTER (WHERE is_inbound), "
        "NULL::float8 FROM seen GROUP BY 2 UNION ALL "
        f"(SELECT 'p', left(to_, {_PREFIX_CHARACTERS}), count(*), 0, NULL FROM seen "
        f"WHERE NOT is_inbound GROUP BY 2 ORDER BY 3 DESC LIMIT {_MOST_PREFIXES}) UNION ALL "
        "SELECT 't', '', 0, 0, percentile_cont(0.5) WITHIN GROUP (ORDER BY "
        "extract(epoch FROM updated_at - created_at)) FROM seen WHERE status = 'delivered'"
    )


def _places(
    by_prefix: Mapping[str, int],
) -> tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]:
    countries: Counter[str] = Counter()
    operators: Counter[str] = Counter()
    for prefix, count in by_prefix.items():
        countries[iso_country_of(prefix.ljust(12, "0")) or ""] += count
        operators[operator_of(prefix)] += count
    return countries.most_common(), operators.most_common()
