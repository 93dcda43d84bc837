"""What is kept of each account for how long, and how far it has been forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc import sids
from smsc.db import Database
from smsc.messaging.retention import WITH_TERMS

MOST: Final = 200  # accounts


@dataclass(frozen=True, slots=True)
class KeptTerm:
    """Days that something is kept, no shorter than the carrier's minimums, and what is gone."""

    days: int | None  # None: for ever
    gone_before: datetime | None  # None: nothing was forgotten yet


@dataclass(frozen=True, slots=True)
class KeptLine:
    """An account that doesn't keep all for ever."""

    carrier_sid: str
    carrier_name: str
    account_sid: str
    account_name: str
    texts: KeptTerm
    numbers: KeptTerm
    logs: KeptTerm
    messages: KeptTerm  # gone before its oldest one


async def retention(database: Database) -> Sequence[KeptLine]:
    """Return the terms of all accounts that have some, 200 at most, by carrier."""
    async with database.single() as connection:
        rows = await connection.fetch(_LINES, MOST)
    return [
        KeptLine(
            row["carrier_sid"],
            row["carrier_name"],
            row["sid"],
            row["friendly_name"],
            KeptTerm(row["texts_days"], _moment(row["texts_until"])),
            KeptTerm(row["numbers_days"], _moment(row["numbers_until"])),
            KeptTerm(row["logs_days"], _moment(row["logs_until"])),
            KeptTerm(row["messages_days"], _moment(row["oldest"])),
        )
        for row in rows
    ]


def _moment(sid: str | None) -> datetime | None:
    return sids.moment(sid) if sid else None


_LINES: Final = f"""
WITH term AS ({WITH_TERMS})
SELECT t.*, a.carrier_sid, c.name AS carrier_name, a.friendly_name,
       CASE WHEN t.messages_days IS NOT NULL THEN oldest.sid END AS oldest
FROM term t
JOIN accounts a ON a.sid = t.sid
JOIN carriers c ON c.sid = a.carrier_sid
LEFT JOIN LATERAL (
  SELECT m.sid FROM messages m WHERE m.account_sid = t.sid ORDER BY m.sid LIMIT 1
) AS oldest ON true
ORDER BY c.name, a.friendly_name, a.sid LIMIT $1
"""  # noqa: S608 built of constants
