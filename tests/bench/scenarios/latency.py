"""How long a message takes from its request to its `submit_sm`, at 10 % and 50 % of full load.

Full load is what the same system does end to end, measured first. Our own SMSC sink is used,
whatever `--tools` says: it notes the time of each `submit_sm`.
"""

import tempfile
import time
from pathlib import Path

from tests.bench import sinks, system
from tests.bench.figures import Figure, latencies
from tests.bench.options import SETTLE_SECONDS, Options
from tests.bench.ours import LIFE_SECONDS, subject
from tests.bench.path import Course
from tests.bench.rows import wait_for
from tests.bench.traffic import Load, send

SHARES = (0.1, 0.5)
FIRST = 5_000_001  # above every number that the full load has used
STEP = 1_000_000
ALL_SENT = "SELECT count(*) FROM messages WHERE sent_at IS NULL"


def measure(options: Options) -> list[Figure]:
    """Find the full load, then send the same messages at a share of it."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-log-") as folder:
        submits, callbacks = Path(folder) / "submits.log", Path(folder) / "callbacks.log"
        with (
            sinks.smsc(options.tools, LIFE_SECONDS, log=submits) as smsc,
            sinks.webhooks(options.tools, LIFE_SECONDS, callbacks) as webhooks,
            system.running(smsc.port, options.window) as running,
        ):
            what = subject(running, smsc, webhooks, callbacks)
            course = Course(what, options.connections, options.tools)
            course.warm_up()
            full = course.run(options.messages).end_to_end_rate
            figures = [Figure("full_load", "full load, messages a second", full)]
            for index, share in enumerate(SHARES):
                load = send(
                    what.requests[0],
                    max(int(options.messages * share), 100),
                    options.connections,
                    first=FIRST + index * STEP,
                    rate=full * share,
                )
                wait_for(running.database_url, ALL_SENT, lambda left: not left, SETTLE_SECONDS)
                percent = round(100 * share)
                words = f"{percent} % load, request to submit_sm"
                figures += latencies(f"submit_{percent}", words, _delays(load, submits))
                words = f"{percent} % load, request to answer"
                figures += latencies(f"answer_{percent}", words, load.latencies)
    return figures


def _delays(load: Load, submits: Path) -> list[float]:
    """Return the seconds from each request to its `submit_sm`, joined by the recipient.

    The sink writes down several times a second what it has noted.
    """
    recipients = {f"1201{answer.number:07}": answer.started for answer in load.accepted}
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        at = _noted(submits)
        if recipients.keys() <= at.keys() or time.monotonic() > deadline:
            return [at[recipient] - started for recipient, started in recipients.items()]
        time.sleep(0.05)


def _noted(submits: Path) -> dict[str, float]:
    """Return when each recipient's `submit_sm` came; a line that is half written has no end yet."""
    lines = submits.read_text().splitlines(keepends=True)
    pairs = (line.split() for line in lines if line.endswith("\n"))
    return {recipient: float(seconds) for seconds, recipient in pairs}
