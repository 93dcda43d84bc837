"""Counts what leaves and what arrives by ten minutes, for carriers that have a rule about it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from smsc import sids
from smsc.db import Database
from smsc.sms.number_facts import iso_country_of

SPAN: Final = timedelta(minutes=10)
SETTLES: Final = timedelta(minutes=10)  # so old is each span when it is counted: all alike
LOOKS_BACK: Final = timedelta(days=1)  # how much is made up for when the first rule is made
KEPT: Final = timedelta(days=8)
_PREFIX_CHARACTERS: Final = 9
_MOST_DIGITS: Final = 12


async def count_next(database: Database, now: datetime) -> int:
    """Count the oldest span that is not counted; return 1 if there was one."""
    async with database.begin() as connection:
        carriers = [row[0] for row in await connection.fetch(_WITH_RULES)]
        if not carriers:
            return 0
        last = await connection.fetchval("SELECT max(begins_at) FROM delivery_buckets")
        begins = _floor(now - LOOKS_BACK) if last is None else last + SPAN
        begins = max(begins, _floor(now - LOOKS_BACK))
        if begins + SPAN + SETTLES > now:
            return 0
        rows = await connection.fetch(
            COUNT,
            carriers,
            sids.first_of(sids.Prefix.MESSAGE, begins),
            sids.first_of(sids.Prefix.MESSAGE, begins + SPAN),
        )
        sent: Counter[tuple[str, str, str]] = Counter()
        delivered: Counter[tuple[str, str, str]] = Counter()
        for carrier, connector, prefix, left, arrived in rows:
            country = iso_country_of(prefix.ljust(_MOST_DIGITS, "0")) or ""
            sent[carrier, connector, country] += left
            delivered[carrier, connector, country] += arrived
        # A span in which nothing left is noted all the same: the next one begins behind it.
        keys = list(sent) or [(carriers[0], "", "")]
        await connection.execute(
            _NOTE,
            begins,
            [key[0] for key in keys],
            [key[1] for key in keys],
            [key[2] for key in keys],
            [sent[key] for key in keys],
            [delivered[key] for key in keys],
        )
        await connection.execute("DELETE FROM delivery_buckets WHERE begins_at < $1", now - KEPT)
    return 1


def _floor(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) // int(SPAN.total_seconds()) * int(SPAN.total_seconds())
    return datetime.fromtimestamp(seconds, moment.tzinfo)


_WITH_RULES: Final = """
SELECT DISTINCT carrier_sid FROM alert_rules
WHERE kind = 'delivery_rate' AND enabled ORDER BY carrier_sid
"""
COUNT: Final = f"""
SELECT carrier_sid, coalesce(connector_sid, ''), left(to_, {_PREFIX_CHARACTERS}), count(*),
       count(*) FILTER (WHERE status = 'delivered')
FROM messages
WHERE sid >= $2 AND sid < $3 AND carrier_sid = ANY($1::text[]) AND direction <> 'inbound'
  AND status IN ('sent', 'delivered', 'undelivered', 'failed')
GROUP BY 1, 2, 3
"""  # noqa: S608 a constant
_NOTE: Final = """
INSERT INTO delivery_buckets (begins_at, carrier_sid, connector_sid, iso_country, sent, delivered)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[])
ON CONFLICT DO NOTHING
"""
