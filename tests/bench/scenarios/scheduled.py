"""Messages that are all due at one second: when the first and the last of them leave.

The rows are put into the database as an accept leaves them; making them by requests would take
longer than the release.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from tests.bench import made_rows, sinks, system
from tests.bench.figures import Figure, by_kind
from tests.bench.options import SETTLE_SECONDS, Options
from tests.bench.ours import LIFE_SECONDS
from tests.bench.rows import fetch, wait_for

LEAD = timedelta(seconds=3)
DUE = "SELECT count(*) FROM scheduled_messages"
SENT = "SELECT count(*) FROM messages WHERE status IN ('sent', 'delivered')"


def measure(options: Options) -> list[Figure]:
    """Make them, set one time for all, and watch the clock release and the gateway submit them."""
    count = options.scheduled
    with (
        sinks.smsc(options.tools, LIFE_SECONDS) as smsc,
        system.running(smsc.port, options.window) as running,
    ):
        url = running.database_url
        asyncio.run(_make(url, running.account_sid, count))
        fetch(url, "UPDATE scheduled_messages SET send_at = $1", datetime.now(UTC) + LEAD)
        due = time.monotonic() + _seconds_until_due(url)
        before = running.usage()
        first = wait_for(url, DUE, lambda left: left < count, SETTLE_SECONDS) - due
        released = wait_for(url, DUE, lambda left: not left, SETTLE_SECONDS) - due
        sent = wait_for(url, SENT, lambda done: done >= count, SETTLE_SECONDS) - due
        used = running.usage().since(before)
    return [
        Figure("scheduled", "messages due at one second", count),
        Figure("scheduled_first_seconds", "until the first was released, s", first, 2),
        Figure("scheduled_released_seconds", "until the last was released, s", released, 2),
        Figure("scheduled_sent_seconds", "until the last was sent, s", sent, 2),
        Figure("scheduled_per_second", "released and sent a second", count / sent),
        *by_kind("scheduled_cpu_ms", "CPU-ms a message", used, count),
    ]


async def _make(url: str, account_sid: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await made_rows.make(connection, made_rows.SCHEDULE, account_sid, count)
    finally:
        await connection.close()


def _seconds_until_due(url: str) -> float:
    """Return it by the database's clock, as the release sees it."""
    left = fetch(url, "SELECT extract(epoch FROM min(send_at) - now()) FROM scheduled_messages")
    return float(left[0][0])
