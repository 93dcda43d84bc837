"""What a home page draws: the last day by hour, country and operator, and how fast it went."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import asyncpg
import orjson

from smsc.billing import usage
from smsc.billing.usage import Span
from smsc.db import Database
from smsc.messaging import traffic_hours
from smsc.messaging.reading import hours
from smsc.messaging.traffic_hours import HourCount
from smsc.provisioning.reach import Reach

HOURS: Final = 24
DAYS: Final = 30
_USED: Final = ("sms-outbound", "sms-inbound", "totalprice")
_HOURLY: Final = "hour, sent, received, places, speeds"
_LIVE: Final = (
    "account_sid, carrier_sid, direction, status, to_, from_, num_segments, queued_at, created_at, "
    "updated_at"
)


@dataclass(frozen=True, slots=True)
class Hour:
    """What was made in an hour."""

    begins: datetime
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was made and charged on a day, UTC as on a bill."""

    date: date
    sent: int
    received: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last 24 hours."""

    hours: Sequence[Hour]
    countries: Sequence[tuple[str, int]]  # ISO, outbound messages; the most first
    operators: Sequence[tuple[str, int]]  # as phonenumbers names them; empty: unknown
    seconds_to_deliver: float | None  # of half of the delivered ones at most


async def last_day(database: Database, reach: Reach, now: datetime) -> LastDay:
    """Add up the hours in reach, and count what has none yet, the present one included."""
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first -= timedelta(hours=HOURS - 1)
    text, parameters = statement(reach)
    async with database.begin() as connection:
        span = await hours.since(connection, reach.carrier_sid, first, now)
        counted = await hours.fetch(connection, reach, span, _HOURLY)
        rows = await connection.fetch(text, *parameters, *hours.bounds(span))
    return await asyncio.to_thread(_add_up, first, counted, rows)


async def last_days(database: Database, account_sids: Sequence[str], today: date) -> Sequence[Day]:
    """Return what these accounts used together, by day of the last 30."""
    first = today - timedelta(days=DAYS - 1)
    records = await usage.records(database, account_sids, first, today, Span.DAY, _USED)
    used = {(record.start, record.category): record.used for record in records}
    return [
        Day(
            day,
            used[day, "sms-outbound"].messages,
            used[day, "sms-inbound"].messages,
            used[day, "totalprice"].price,
        )
        for day in (first + timedelta(days=number) for number in range(DAYS))
    ]


def statement(reach: Reach) -> tuple[str, list[object]]:
    """Return what counts the messages that have no hour, and its first parameters."""
    messages, parameters = hours.live(reach, _LIVE)
    return traffic_hours.grouped(f"(SELECT m.* FROM {messages}) AS live"), parameters  # noqa: S608 of constants


def _add_up(
    first: datetime, counted: Sequence[asyncpg.Record], live: Sequence[asyncpg.Record]
) -> LastDay:
    total = HourCount()
    sent: Counter[datetime] = Counter()
    received: Counter[datetime] = Counter()
    for hour, by_status, inbound, places, speeds in counted:
        sent[hour] += sum(orjson.loads(by_status).values())
        received[hour] += inbound
        for country, operator, messages in orjson.loads(places):
            total.places[country, operator] += messages
        for step, messages in orjson.loads(speeds).items():
            total.speeds[int(step)] += messages
    for row in live:
        total.add(row)
        if row["category"] is not None:
            of_kind = received if traffic_hours.is_inbound(row["category"]) else sent
            of_kind[row["hour"]] += row["messages"]
    countries: Counter[str] = Counter()
    operators: Counter[str] = Counter()
    for (country, operator), messages in total.places.items():
        countries[country] += messages
        operators[operator] += messages
    begins = [first + timedelta(hours=number) for number in range(HOURS)]
    return LastDay(
        [Hour(hour, sent[hour], received[hour]) for hour in begins],
        countries.most_common(),
        operators.most_common(),
        traffic_hours.median_seconds(total.speeds),
    )
