"""What PgBouncer in transaction mode adds to a message: the path without and with it, by turns."""

import sys
from statistics import median

from tests.bench.figures import Figure
from tests.bench.interleaved import by_turns, medians
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.pgbouncer import NoPgBouncer, program

ROUNDS = 3
NAMES = {"direct": "without PgBouncer", "pooled": "through PgBouncer"}


def measure(options: Options) -> list[Figure]:
    """Run both systems by turns; the last figure is what PgBouncer costs over none.

    Where it is not installed there are no figures, and that is said.
    """
    try:
        program()
    except NoPgBouncer as none:
        print(f"pooler: {none}", file=sys.stderr)
        return []
    with (
        ours(options.window, options.tools) as (_, direct),
        ours(options.window, options.tools, through_pgbouncer=True) as (_, pooled),
    ):
        courses = {
            name: Course(subject, options.connections, options.tools)
            for name, subject in (("direct", direct), ("pooled", pooled))
        }
        runs = by_turns(courses, options.messages, ROUNDS)
    figures = [
        Figure(f"{name}_{figure.name}", f"{words}, {figure.words}", figure.value, figure.digits)
        for name, words in NAMES.items()
        for figure in medians(runs[name], with_norm=options.tools is not None)
    ]
    ratios = [
        pooled.cpu_ms / direct.cpu_ms
        for direct, pooled in zip(runs["direct"], runs["pooled"], strict=True)
    ]
    return [*figures, Figure("pooler_ratio", "CPU-ms, through it over without", median(ratios), 2)]
