"""`make bench`: the whole path on one machine, in one table, with JSON beside it.

One HTTP request a message, stored, queued, submitted, its receipt, and the callbacks of `sent` and
`delivered`. CPU time is user and system time of all our processes, PostgreSQL's and Valkey's too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from urllib.parse import parse_qsl

from rich.console import Console
from rich.table import Table

from tests.bench import cpu, machine, sinks, system

SETTLE_SECONDS = 300
WARM_UP = 500
STATUSES = ("sent", "delivered")


@dataclass(frozen=True, slots=True)
class Load:
    """What the load client did."""

    seconds: float
    sids: list[str]
    latencies: list[float]  # seconds
    errors: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured."""

    machine: dict[str, str]
    work: dict[str, object]
    accept_per_second: float
    end_to_end_per_second: float
    latency_ms: dict[str, float]
    cpu_ms_a_message: dict[str, float]
    cpu_ms_a_message_total: float
    memory_mb: dict[str, float]
    refused: int
    lost: int
    doubled: int


def main() -> int:
    """Measure and print; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--tools", type=Path, help="folder of smscsink and webhooksink")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smsc-bench-log-") as folder:
        figures = measure(arguments, Path(folder) / "callbacks.log")
    show(figures)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(asdict(figures), indent=2))
    return int(bool(figures.lost or figures.refused))


def measure(arguments: argparse.Namespace, log: Path) -> Figures:
    """Run the work once, after a warm-up; return the figures."""
    count: int = arguments.messages
    with (
        sinks.smsc(arguments.tools, SETTLE_SECONDS) as smsc_port,
        sinks.webhooks(arguments.tools, SETTLE_SECONDS, log) as webhook_port,
        system.running(smsc_port, arguments.window) as under_test,
    ):
        callback = f"http://127.0.0.1:{webhook_port}/callback"
        warm_up = send(under_test, callback, WARM_UP, arguments.connections)
        await_callbacks(log, warm_up.sids)
        before, started = cpu.measure(under_test.process), time.monotonic()
        load = send(under_test, callback, count, arguments.connections)
        seen = await_callbacks(log, load.sids)
        seconds = time.monotonic() - started
        after = cpu.measure(under_test.process)
    used = after.since(before)
    accepted = len(load.sids)
    cuts = quantiles(load.latencies, n=1000)
    return Figures(
        machine=machine.describe(),
        work={
            "messages": count,
            "connections": arguments.connections,
            "window": arguments.window,
            "sinks": "fast" if arguments.tools else "built in",
        },
        accept_per_second=accepted / load.seconds,
        end_to_end_per_second=accepted / seconds,
        latency_ms={
            name: 1000 * cuts[place] for name, place in (("p50", 499), ("p99", 989), ("p99.9", 998))
        },
        cpu_ms_a_message={kind: 1000 * used[kind] / accepted for kind in sorted(used)},
        cpu_ms_a_message_total=1000 * sum(used.values()) / accepted,
        memory_mb={kind: octets / 2**20 for kind, octets in sorted(after.memory.items())},
        refused=len(load.errors),
        lost=sum(not seen[sid, status] for sid in load.sids for status in STATUSES),
        doubled=sum(count - 1 for count in seen.values()),
    )


def send(under_test: system.System, callback: str, count: int, connections: int) -> Load:
    """Send messages from a process of its own, whose CPU time is not on the books."""
    words: list[object] = [sys.executable, "-m", "tests.bench.load"]
    words += ["--port", under_test.http_port, "--connections", connections, "--count", count]
    words += ["--account", under_test.account_sid, "--token", under_test.auth_token]
    words += ["--sender", system.NUMBER, "--callback", callback]
    done = subprocess.run([str(word) for word in words], capture_output=True, check=True)
    return Load(**json.loads(done.stdout))


def await_callbacks(log: Path, sids: Sequence[str]) -> Counter[tuple[str, str]]:
    """Wait until both callbacks of each message are in the log; return how often each came."""
    deadline = time.monotonic() + SETTLE_SECONDS
    wanted = {(sid, status) for sid in sids for status in STATUSES}
    while True:
        seen = Counter(pair for pair in callbacks(log) if pair in wanted)
        if len(seen) == len(wanted) or time.monotonic() > deadline:
            return seen
        time.sleep(0.25)


def callbacks(log: Path) -> Iterator[tuple[str, str]]:
    """Yield message and status of each callback that the receiver has logged."""
    text = log.read_text() if log.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():
        form = dict(parse_qsl(line.rpartition(" ")[2]))
        yield form.get("MessageSid", ""), form.get("MessageStatus", "")


def show(figures: Figures) -> None:
    """Print one table."""
    head = ", ".join(f"{name} {value}" for name, value in figures.machine.items())
    work = ", ".join(f"{value} {name}" for name, value in figures.work.items())
    table = Table(title=work, caption=head, show_header=False)
    table.add_row("accepted a second", f"{figures.accept_per_second:,.0f}")
    table.add_row("end to end a second", f"{figures.end_to_end_per_second:,.0f}")
    latencies = " / ".join(f"{ms:.1f}" for ms in figures.latency_ms.values())
    table.add_row("accept p50 / p99 / p99.9, ms", latencies)
    for kind, milliseconds in figures.cpu_ms_a_message.items():
        memory = figures.memory_mb.get(kind, 0.0)
        table.add_row(f"CPU-ms a message: {kind}", f"{milliseconds:.3f}   ({memory:.0f} MB)")
    table.add_row("CPU-ms a message: all", f"{figures.cpu_ms_a_message_total:.3f}", style="bold")
    table.add_row("refused / lost / doubled callbacks", _losses(figures))
    Console().print(table)


def _losses(figures: Figures) -> str:
    return f"{figures.refused} / {figures.lost} / {figures.doubled}"


if __name__ == "__main__":
    sys.exit(main())
