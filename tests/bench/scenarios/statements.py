"""What a message asks of PostgreSQL: statements, transactions, rows, locks' rows and WAL, counted.

The inputs of docs/scaling.md. Counting costs time itself: read no CPU-ms off this run.
"""

import time

from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.rows import fetch

# What looks at the database beside the traffic (leases, sweeps, this bench) counts, too: it is in
# the transactions; it has few rows.
TOTALS = """
SELECT (SELECT sum(calls) FROM pg_stat_statements) AS calls,
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
WORDS = {
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
    with ours(options.window, options.tools, counts_statements=True) as (running, subject):
        course = Course(subject, options.connections, options.tools)
        course.warm_up()
        url = running.database_url
        time.sleep(FLUSH_SECONDS)
        fetch(url, "SELECT pg_stat_statements_reset()")
        before = fetch(url, TOTALS)[0]
        run = course.run(options.messages)
        time.sleep(FLUSH_SECONDS)
        after = fetch(url, TOTALS)[0]
        busiest = fetch(url, BUSIEST)
    figures = [
        Figure(f"statements_{name}", words, float(after[name] - before[name]) / run.accepted, 3)
        for name, words in WORDS.items()
    ]
    for place, row in enumerate(busiest, 1):
        rows_a_call = row["rows"] / row["calls"]
        words = f"ms, {row['calls']} calls, {rows_a_call:.1f} rows each: {row['words']}"
        figures.append(Figure(f"statement_{place}_ms", words, row["total_exec_time"]))
    return figures
