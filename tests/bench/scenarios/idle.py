"""A thousand connectors that are bound and have nothing to do."""

from tests.bench import sinks
from tests.bench.figures import Figure
from tests.bench.gateway import measure_idle
from tests.bench.options import Options
from tests.bench.ours import LIFE_SECONDS

SECONDS = 20.0


def measure(options: Options) -> list[Figure]:
    """Bind them in one process, and watch it."""
    with sinks.smsc(None, LIFE_SECONDS, receipts="off") as smsc:
        idle = measure_idle(smsc.port, options.idle, SECONDS)
    return [
        Figure("idle_bound", "connectors bound in one process", idle.bound),
        Figure("idle_seconds_to_bind", "until all were bound, s", idle.seconds_to_bind, 1),
        Figure("idle_memory_mb", "memory of that process, MB", idle.memory_mb),
        Figure("idle_memory_mb_without", "the same without connectors", idle.memory_mb_without),
        Figure("idle_cpu_percent", "its CPU at rest, % of a core", idle.cpu_percent, 2),
        Figure("idle_postgres_percent", "PostgreSQL's, % of a core", idle.postgres_percent, 2),
    ]
