"""What a page of a list takes, without and with filters, near and deep."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from smsc import sids
from smsc.db import Database
from smsc.messaging.reading.queries import Cursor, MessageFilter, page
from tests.bench.figures import Figure
from tests.bench.system import NUMBER, System

LIMIT = 50
TURNS = 20


def measure(running: System) -> list[Figure]:
    """Read each kind of page 20 times; return medians."""
    return asyncio.run(_measure(running))


async def _measure(running: System) -> list[Figure]:
    now = datetime.now(UTC)
    week_ago, month_ago = now - timedelta(days=7), now - timedelta(days=30)
    deep = Cursor(sids.first_of(sids.Prefix.MESSAGE, now - timedelta(days=80)))
    nothing = MessageFilter()
    kinds: dict[str, tuple[str, MessageFilter, Cursor | None]] = {
        "first": ("the first page", nothing, None),
        "deep": ("a page 80 days ago", nothing, deep),
        "to": ("To", MessageFilter(to="+12010000007"), None),
        "to_nobody": ("To that nothing went to", MessageFilter(to="+85512345678"), None),
        "from": ("From", MessageFilter(from_=NUMBER), None),
        "from_deep": ("From, 80 days ago", MessageFilter(from_=NUMBER), deep),
        "dates": ("a week's", MessageFilter(sent_from=month_ago, sent_before=week_ago), None),
        "to_dates": (
            "To and a week's",
            MessageFilter(to="+12010000007", sent_from=month_ago, sent_before=week_ago),
            None,
        ),
    }
    figures = []
    url = running.database_url
    async with await Database.connect(url, size=1, name="bench", vault=running.vault) as database:
        for name, (words, wanted, cursor) in kinds.items():
            took = []
            for _ in range(TURNS):
                began = time.perf_counter()
                await page(database, running.account_sid, wanted, limit=LIMIT, cursor=cursor)
                took.append(1000 * (time.perf_counter() - began))
            figures.append(Figure(f"page_{name}_ms", f"page of 50, {words}, ms", median(took), 2))
    return figures
