"""`make bench-growth`: whether a message costs the same among 10,000 and among 20 million others.

Each size has a system of its own, filled by `generate_series`; the path runs on all by turns.
Then claims from a short and from a long queue, and pages of lists.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from smsc.embedded.folders import ROOT_STATE
from tests.bench import machine, made_rows
from tests.bench.figures import Figure
from tests.bench.growing import claims, pages, room
from tests.bench.interleaved import by_turns, medians
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.system import System
from tests.bench.table import show, write

JSON = Path("build/bench-growth.json")
SIZES = (10_000, 1_000_000, 20_000_000)
SHORT_QUEUE = 10_000
WAL_OF_FILL = "4GB"
LIFE_SECONDS = 6 * 3600  # of the sinks: twenty million rows take an hour on a busy machine


def main() -> int:
    """Measure and print; return 1 if anything was lost, 2 if there is no room."""
    arguments = _arguments()
    sizes: Sequence[int] = arguments.sizes
    try:
        room.require(_disk(), sizes, arguments.waiting)
    except room.NoRoom as refusal:
        print(f"make bench-growth: {refusal}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        systems: dict[str, System] = {}
        octets: dict[str, float] = {}
        filled: dict[str, datetime] = {}
        courses: dict[str, Course] = {}
        for size in sizes:
            running, subject = stack.enter_context(
                ours(arguments.window, arguments.tools, life_seconds=LIFE_SECONDS)
            )
            name = f"{size:,} messages"
            print(f"{name} ...", file=sys.stderr, flush=True)
            octets[name] = asyncio.run(_fill(running, size))
            filled[name] = datetime.now(UTC)
            systems[name] = running
            courses[name] = Course(subject, arguments.connections, arguments.tools)
        runs = by_turns(courses, arguments.messages, arguments.rounds)
        sections: list[tuple[str, list[Figure]]] = [
            (
                name,
                [
                    *medians(runs[name], with_norm=arguments.tools is not None),
                    Figure("octets_a_message", "octets a message, indexes too", octets[name]),
                    *pages.measure(running, filled[name]),
                ],
            )
            for name, running in systems.items()
        ]
    sections.append(("claims", claims.measure(SHORT_QUEUE, arguments.waiting)))
    described = machine.describe()
    work = (
        f"medians of {arguments.rounds} rounds of {arguments.messages:,} messages, "
        f"{arguments.connections} connections, window {arguments.window}, "
        f"{'fast' if arguments.tools else 'built-in'} sinks"
    )
    show(described, work, sections)
    write(arguments.json, described, vars(arguments), sections)
    print(f"The same as JSON: {arguments.json}")
    return int(any(run.refused or run.lost for some in runs.values() for run in some))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-growth")
    add = parser.add_argument
    add("--sizes", type=_numbers, default=SIZES, help="messages in the tables, with commas")
    add("--waiting", type=int, default=1_000_000, help="segments in the long queue")
    add("--messages", type=int, default=5000, help="a run")
    add("--rounds", type=int, default=5)
    add("--connections", type=int, default=16)
    add("--window", type=int, default=100)
    add("--tools", type=Path, help="folder of the fast sinks and load client")
    add("--json", type=Path, default=JSON, help="where the figures go, too")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _disk() -> Path:
    """Return a folder on the disk that the embedded servers of new homes will use."""
    if os.geteuid() == 0:
        return ROOT_STATE if ROOT_STATE.exists() else ROOT_STATE.parent
    return Path(tempfile.gettempdir())


async def _fill(running: System, size: int) -> float:
    connection = await asyncpg.connect(running.database_url)
    try:
        # Else the fill is one checkpoint after the other, each with full pages behind it.
        await connection.execute(f"ALTER SYSTEM SET max_wal_size = '{WAL_OF_FILL}'")
        await connection.execute("SELECT pg_reload_conf()")
        octets = await made_rows.make(connection, made_rows.HISTORY, running.account_sid, size)
        await connection.execute("ALTER SYSTEM RESET max_wal_size")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    return octets


if __name__ == "__main__":
    sys.exit(main())
