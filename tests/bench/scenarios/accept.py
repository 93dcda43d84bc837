"""Accept rate and latency at 1, 16 and 64 connections; the whole path runs behind it."""

from tests.bench.figures import Figure, latencies
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course

CONNECTIONS = (1, 16, 64)
SHARE_OF_ONE = 5  # a lone connection sends a fifth of the messages: it waits for each commit


def measure(options: Options) -> list[Figure]:
    """Run each number of connections against one system."""
    figures: list[Figure] = []
    with ours(options.window, options.tools) as (_, subject):
        course = Course(subject, options.connections, options.tools)
        course.warm_up()
        for connections in CONNECTIONS:
            share = SHARE_OF_ONE if connections == 1 else 1
            run = course.run(max(options.messages // share, 100), connections)
            name = f"accept_{connections}"
            words = f"{connections} connection{'s' if connections > 1 else ''}"
            figures += [
                Figure(f"{name}_per_second", f"{words}, accepted a second", run.accept_rate),
                *latencies(name, f"{words}, accept", run.latencies),
                Figure(f"{name}_end_to_end", f"{words}, end to end a second", run.end_to_end_rate),
                Figure(f"{name}_lost", f"{words}, refused or lost", run.refused + run.lost),
            ]
    return figures
