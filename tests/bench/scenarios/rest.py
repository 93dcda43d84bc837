"""A whole system with ten connectors and nothing to do: CPU, memory, and then one message.

Memory is PSS: a page that processes share counts once. It can be read of one's own processes, or by
root.
"""

import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench import cpu, sinks, system
from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.ours import LIFE_SECONDS
from tests.bench.rows import fetch, wait_for
from tests.bench.traffic import send

BINDS = 10
SETTLE_SECONDS = 60  # PostgreSQL's first look at what the start has written is not rest
SECONDS = 60
PATIENCE_SECONDS = 10
ANSWERED = "SELECT count(*) FROM segments"
LAST_CLAIM = "SELECT extract(epoch FROM max(submitted_at))::float8 FROM segments"


def measure(options: Options) -> list[Figure]:
    """Send a message, watch it at rest, then send another."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-log-") as folder:
        submits = Path(folder) / "submits.log"
        with (
            sinks.smsc(None, LIFE_SECONDS, log=submits) as smsc,
            system.running(smsc.port, options.window, binds=BINDS) as running,
        ):
            send(running.request(), 1, 1)  # long ago: what only the first meets is not what rest is
            time.sleep(SETTLE_SECONDS)
            before, began = running.usage(), time.monotonic()
            time.sleep(SECONDS)
            used, seconds = running.usage().since(before), time.monotonic() - began
            memory = _memory(running)
            (answer,) = send(running.request(), 1, 1, first=2).accepted
            submitted = _second_submit(submits) - answer.started
            answered_at = time.time() - time.monotonic() + answer.started + answer.seconds
            wait_for(running.database_url, ANSWERED, lambda n: n == 2, PATIENCE_SECONDS)
            claimed = float(fetch(running.database_url, LAST_CLAIM)[0][0]) - answered_at
    percents = {kind: 100 * spent / seconds for kind, spent in sorted(used.items())}
    return [
        *(
            Figure(f"rest_cpu_{kind}", f"CPU at rest, % of a core: {kind}", percent, 2)
            for kind, percent in percents.items()
        ),
        Figure("rest_cpu_total", "CPU at rest, % of a core: all", sum(percents.values()), 2),
        *(
            Figure(f"rest_memory_mb_{kind}", f"memory (PSS), MB: {kind}", octets / 2**20)
            for kind, octets in sorted(memory.items())
        ),
        Figure("rest_memory_mb_total", "memory (PSS), MB: all", sum(memory.values()) / 2**20),
        Figure("rest_answer_ms", "then one message, request to answer, ms", 1000 * answer.seconds),
        Figure("rest_claim_ms", "then one message, answer (and bell) to claim, ms", 1000 * claimed),
        Figure("rest_submit_ms", "then one message, request to submit_sm, ms", 1000 * submitted),
    ]


def _memory(running: system.System) -> Counter[str]:
    memory: Counter[str] = Counter()
    for process in cpu.tree(running.process):
        memory[cpu.kind_of(process, running.process)] += process.memory_full_info().pss
    return memory


def _second_submit(log: Path) -> float:
    """Return the monotonic time of the second `submit_sm`.

    Raises:
        TimeoutError: there is none.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        _, *later = log.read_text().splitlines()
        if later:
            return float(later[0].partition(" ")[0])
        time.sleep(0.05)
    raise TimeoutError("the message was not submitted")
