"""Receipts a second, alone: all messages are sent first, then the SMSC reports all at once.

Our own SMSC sink is used, whatever `--tools` says: it can hold the receipts back. The messages ask
for no callback, so that nothing but receipts is measured.
"""

import time

from tests.bench import sinks, system
from tests.bench.figures import Figure, by_kind
from tests.bench.options import SETTLE_SECONDS, Options
from tests.bench.ours import LIFE_SECONDS
from tests.bench.rows import wait_for
from tests.bench.traffic import send

IN_STATUS = "SELECT count(*) FROM messages WHERE status = '{}'"


def measure(options: Options) -> list[Figure]:
    """Send, wait until all are sent, let the receipts go, wait until all are delivered."""
    with (
        sinks.smsc(None, LIFE_SECONDS, receipts="held") as smsc,
        system.running(smsc.port, options.window) as running,
    ):
        load = send(running.request(), options.messages, options.connections, tools=options.tools)
        count = len(load.accepted)

        def await_all(status: str) -> float:
            statement = IN_STATUS.format(status)
            return wait_for(
                running.database_url, statement, lambda now: now >= count, SETTLE_SECONDS
            )

        await_all("sent")
        before, began = running.usage(), time.monotonic()
        smsc.release()
        seconds = await_all("delivered") - began
        used = running.usage().since(before)
    return [
        Figure("receipts_per_second", "receipts a second", count / seconds),
        *by_kind("receipts_cpu_ms", "CPU-ms a receipt", used, count),
    ]
