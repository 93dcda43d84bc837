"""This project as a subject of the path: `smsc up` with sinks of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import sinks, system
from tests.bench.callback_log import Event, Form
from tests.bench.options import SETTLE_SECONDS
from tests.bench.path import Subject

LIFE_SECONDS = 6 * SETTLE_SECONDS  # of the sinks, whatever becomes of us
STATUSES = ("sent", "delivered")
PREFIX = "+1201"  # of the recipients of `System.request`


def subject(running: system.System, smsc: sinks.Sink, webhooks: sinks.Sink, log: Path) -> Subject:
    """Describe a running system for the path: callbacks of `sent` and `delivered`."""
    return Subject(
        requests=(running.request(f"http://127.0.0.1:{webhooks.port}/callback"),),
        usage=running.usage,
        message_of=lambda answer: f"{answer.number:07}",
        event_of=event_of,
        statuses=STATUSES,
        sinks=(smsc, webhooks),
        log=log,
    )


@contextmanager
def ours(
    window: int,
    tools: Path | None,
    *,
    counts_statements: bool = False,
    through_pgbouncer: bool = False,
    receipt_delay: int = 0,
    life_seconds: int = LIFE_SECONDS,
) -> Iterator[tuple[system.System, Subject]]:
    """Run everything; yield the system, and what the path needs of it."""
    with tempfile.TemporaryDirectory(prefix="smsc-bench-log-") as folder:
        log = Path(folder) / "callbacks.log"
        with (
            sinks.smsc(tools, life_seconds, receipt_delay=receipt_delay) as smsc,
            sinks.webhooks(tools, life_seconds, log) as webhooks,
            system.running(
                smsc.port,
                window,
                counts_statements=counts_statements,
                through_pgbouncer=through_pgbouncer,
            ) as running,
        ):
            yield running, subject(running, smsc, webhooks, log)


def event_of(form: Form) -> Event:
    """Return the recipient's number, which only one message has, and the status it tells."""
    return form.get("To", "").removeprefix(PREFIX), form.get("MessageStatus", "")
