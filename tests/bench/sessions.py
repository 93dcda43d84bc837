"""`make bench-sessions`: what a bound connector costs at rest, and what a message costs a session.

At rest: a `workers gateway` of its own with so many connectors, each bound to a sink in another
process. At work: one bind of our engine, from the `SubmitSm` to the response read, window 100;
no database, no queue. CPU time is user and system time of the process that is measured.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from smsc.smpp.bind import BindConfig, BindState
from smsc.smpp.esme import Esme
from smsc.smpp.pdu import DataSm, DeliverSm, GenericNack, SubmitSm, SubmitSmResp
from tests.bench import machine, sinks
from tests.bench.gateway import Idle, measure_idle

WINDOW = 100
WARM_UP = 5_000
TEXT = b"Flood warning for Kampong Cham: move to higher ground. Shelters are open at the schools."


@dataclass(frozen=True, slots=True)
class Work:
    """What messages cost one session."""

    messages: int
    messages_per_second: float
    cpu_us_a_message: float


class Pump:
    """Submits as fast as the window lets, until all are answered. Implements `EsmeOwner`."""

    def __init__(self) -> None:
        self.esme: Esme[int] | None = None
        self.is_bound = asyncio.Event()
        self.is_done = asyncio.Event()
        self._left = 0
        self._unanswered = 0

    async def send(self, count: int) -> None:
        """Submit so many and await their responses."""
        self._left = self._unanswered = count
        self.is_done.clear()
        self.capacity_freed()
        await self.is_done.wait()

    def responded(self, results: Sequence[tuple[int, SubmitSmResp | GenericNack]]) -> None:
        self._unanswered -= len(results)
        if self._unanswered == 0:
            self.is_done.set()

    def received(self, session: int, pdus: Sequence[DeliverSm | DataSm]) -> None: ...

    def in_doubt(self, keys: Sequence[int], why: str, *, silence: bool) -> None:
        raise RuntimeError(f"{len(keys)} messages were not answered: {why}")

    def state_changed(self, state: BindState, reason: str) -> None:
        if state is BindState.BOUND:
            self.is_bound.set()

    def capacity_freed(self) -> None:
        if self.esme is None or not self._left:
            return
        count = min(self._left, self.esme.capacity(time.monotonic()))
        batch = [(self._left - n, _submit(self._left - n)) for n in range(count)]
        self._left -= self.esme.submit(batch)


def _submit(number: int) -> SubmitSm:
    return SubmitSm(
        source_addr="12025550141",
        source_addr_ton=1,
        source_addr_npi=1,
        destination_addr=f"855{number:08}",
        dest_addr_ton=1,
        dest_addr_npi=1,
        registered_delivery=1,
        short_message=TEXT,
    )


async def measure_work(port: int, count: int) -> Work:
    """Send by one bind to the sink on `port`."""
    pump = Pump()
    config = BindConfig(
        host="127.0.0.1",
        port=port,
        system_id="bench",
        password="bench",
        window=WINDOW,
        throughput=1e6,  # known, so that there is no slow start, whose pace nobody awaits here
    )
    pump.esme = Esme(config, pump)
    running = asyncio.create_task(pump.esme.run())
    await pump.is_bound.wait()
    await pump.send(WARM_UP)
    used, started = time.process_time(), time.monotonic()
    await pump.send(count)
    used, seconds = time.process_time() - used, time.monotonic() - started
    await pump.esme.stop(timedelta(seconds=5))
    await running
    return Work(count, count / seconds, 1e6 * used / count)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-sessions")
    parser.add_argument("--connectors", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20, help="how long they are idle")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--tools", type=Path, help="folder of smscsink")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    with sinks.smsc(arguments.tools, 300, receipts="off") as sink:
        work = uvloop.run(measure_work(sink.port, arguments.messages))
    with sinks.smsc(None, 300, receipts="off") as sink:
        idle = measure_idle(sink.port, arguments.connectors, arguments.seconds)
    show(work, idle)
    if arguments.json is not None:
        figures = {"machine": machine.describe(), "work": asdict(work), "idle": asdict(idle)}
        arguments.json.write_text(json.dumps(figures, indent=2))
    return 0


def show(work: Work, idle: Idle) -> None:
    """Print one table."""
    head = ", ".join(f"{name} {value}" for name, value in machine.describe().items())
    table = Table(title="Sessions", caption=head, show_header=False)
    table.add_row("CPU-µs a message, window 100", f"{work.cpu_us_a_message:.1f}", style="bold")
    table.add_row("messages a second by one bind", f"{work.messages_per_second:,.0f}")
    table.add_row("connectors bound in one process", f"{idle.bound:,}")
    table.add_row("seconds until all were bound", f"{idle.seconds_to_bind:.1f}")
    table.add_row("memory of that process, MB", f"{idle.memory_mb:.0f}", style="bold")
    table.add_row("memory of one without connectors, MB", f"{idle.memory_mb_without:.0f}")
    table.add_row("its CPU at rest, % of a core", f"{idle.cpu_percent:.2f}", style="bold")
    table.add_row("PostgreSQL's meanwhile, % of a core", f"{idle.postgres_percent:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
