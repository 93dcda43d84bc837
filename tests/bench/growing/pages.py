"""What a page of a list takes, without and with filters, near and deep."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from smsc import sids
from smsc.db import Database
from smsc.messaging import sent_spans
from smsc.messaging.reading.account_pages import page
from smsc.messaging.reading.queries import Cursor, MessageFilter
from tests.bench.figures import Figure
from tests.bench.system import NUMBER, System

LIMIT = 50
TURNS = 20


def measure(running: System, filled_at: datetime) -> list[Figure]:
    """Read each kind of page 20 times; return medians. History ends an hour before `filled_at`."""
    return asyncio.run(_measure(running, filled_at))


async def _measure(running: System, filled_at: datetime) -> list[Figure]:
    hour_before, minute = filled_at - timedelta(hours=1), timedelta(minutes=1)
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
        "quiet": (
            "58 minutes in which nothing was sent",
            MessageFilter(sent_from=hour_before + minute, sent_before=filled_at - minute),
            None,
        ),
        "from_quiet": (
            "From, and the same minutes",
            MessageFilter(
                from_=NUMBER, sent_from=hour_before + minute, sent_before=filled_at - minute
            ),
            None,
        ),
        "seconds": (
            "five seconds' of a month ago",
            MessageFilter(sent_from=month_ago, sent_before=month_ago + timedelta(seconds=5)),
            None,
        ),
    }
    figures = []
    url = running.database_url
    async with await Database.connect(url, size=1, name="bench", vault=running.vault) as database:
        while await sent_spans.note_next(database, datetime.now(UTC)):
            pass  # the clock's work, which may not have come so far yet
        for name, (words, wanted, cursor) in kinds.items():
            took = []
            for _ in range(TURNS):
                began = time.perf_counter()
                await page(database, running.account_sid, wanted, limit=LIMIT, cursor=cursor)
                took.append(1000 * (time.perf_counter() - began))
            figures.append(Figure(f"page_{name}_ms", f"page of 50, {words}, ms", median(took), 2))
    return figures
