"""What a message asks of PostgreSQL, counted: round trips, statements, rows, locks, WAL.

The inputs of docs/scaling.md. Counting costs time itself: read no CPU-ms off this run.
"""

import threading
import time
from statistics import mean
from typing import Self

import asyncpg

from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course, Run
from tests.bench.rows import fetch

# What looks at the database beside the traffic (leases, sweeps, this bench) counts, too: it is in
# the transactions; it has few rows.
TOTALS = """
SELECT (SELECT sum(calls) FROM pg_stat_statements
        WHERE query NOT LIKE '%pg_locks%') AS round_trips,
       (SELECT sum(calls) FROM pg_stat_statements
        WHERE query NOT LIKE '%pg_locks%'
          AND query NOT IN ('BEGIN', 'BEGIN;', 'COMMIT', 'COMMIT;', 'ROLLBACK;')) AS calls,
       (SELECT sum(wal_bytes) FROM pg_stat_statements) AS wal,
       (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits,
       sum(n_tup_ins) AS inserted, sum(n_tup_upd) AS updated, sum(n_tup_del) AS deleted,
       sum(n_tup_hot_upd) AS hot
FROM pg_stat_user_tables
"""
BUSIEST = """
SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS words, calls, rows, total_exec_time
FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat%' AND calls > 0
ORDER BY total_exec_time DESC LIMIT 12
"""
FLUSH_SECONDS = 11  # an idle backend reports its counters after 10 s
# A lock of a row is in the row itself: who waits for one waits for the transaction that has it.
LOCKS = """
SELECT count(*) AS held, count(*) FILTER (WHERE NOT granted) AS awaited
FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype <> 'virtualxid'
"""
LOOK_SECONDS = 0.1
WORDS = {
    "round_trips": "round trips a message",
    "calls": "statements a message",
    "commits": "transactions a message",
    "inserted": "rows inserted a message",
    "updated": "rows updated a message",
    "hot": "of these, HOT",
    "deleted": "rows deleted a message",
    "wal": "octets of WAL a message",
}


def measure(options: Options) -> list[Figure]:
    """Run the path with pg_stat_statements, and divide by messages."""
    with ours(
        options.window,
        options.tools,
        counts_statements=True,
        receipt_delay=options.receipt_delay,
    ) as (running, subject):
        course = Course(subject, options.connections, options.tools)
        course.warm_up()
        url = running.database_url
        time.sleep(FLUSH_SECONDS)
        fetch(url, "SELECT pg_stat_statements_reset()")
        before = fetch(url, TOTALS)[0]
        with _Looks(url) as looks:
            run = course.run(options.messages)
        time.sleep(FLUSH_SECONDS)
        after = fetch(url, TOTALS)[0]
        busiest = fetch(url, BUSIEST)
    figures = [
        Figure(f"statements_{name}", words, float(after[name] - before[name]) / run.accepted, 3)
        for name, words in WORDS.items()
    ]
    figures += [
        Figure("statements_row_locks", "rows locked a message", _changed(before, after, run), 3),
        Figure("locks_held", "locks held at a look, of tables and rows", mean(looks.held), 1),
        Figure("locks_awaited", "of these, awaited", mean(looks.awaited), 3),
    ]
    for place, row in enumerate(busiest, 1):
        rows_a_call = row["rows"] / row["calls"]
        words = f"ms, {row['calls']} calls, {rows_a_call:.1f} rows each: {row['words']}"
        figures.append(Figure(f"statement_{place}_ms", words, row["total_exec_time"]))
    return figures


def _changed(before: asyncpg.Record, after: asyncpg.Record, run: Run) -> float:
    """Return how many rows a message updates and deletes: each is locked for it, once."""
    return sum(float(after[name] - before[name]) for name in ("updated", "deleted")) / run.accepted


class _Looks(threading.Thread):
    """Counts locks ten times a second until the block ends."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._is_over = threading.Event()
        self.held: list[int] = [0]
        self.awaited: list[int] = [0]

    def run(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            look = fetch(self._url, LOCKS)[0]
            self.held.append(look["held"])
            self.awaited.append(look["awaited"])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.join()
