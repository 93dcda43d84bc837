"""`make bench-kannel`: Kannel and ours on the same work, by turns, and the ratio of CPU-ms."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.interleaved import Runs, by_turns, medians
from tests.bench.kannel import STORES, kannel
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.table import Sections, show, write
from tests.interop.install import ROOT, Missing, Tools

JSON = Path("build/bench-kannel.json")
OURS = "ours"


def main() -> int:
    """Measure and print; return 1 if ours refused or lost anything, 2 if there is no Kannel."""
    parser = argparse.ArgumentParser(prog="make bench-kannel")
    parser.add_argument("--messages", type=int, default=5000, help="a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--tools", type=Path, help="folder of the fast sinks and load client")
    parser.add_argument("--json", type=Path, default=JSON, help="where the figures go, too")
    arguments = parser.parse_args()
    try:
        version = Tools(ROOT / ".interop").kannel()
    except Missing as missing:
        print(f"make bench-kannel: {missing}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        window, tools = arguments.window, arguments.tools
        _, subject = stack.enter_context(ours(window, tools))
        subjects = {OURS: subject} | {
            f"Kannel, {store}": stack.enter_context(kannel(store, window, tools))
            for store in STORES
        }
        courses = {
            name: Course(one, arguments.connections, tools) for name, one in subjects.items()
        }
        runs = by_turns(courses, arguments.messages, arguments.rounds)
    sections: Sections = [
        *((name, medians(some, with_norm=tools is not None)) for name, some in runs.items()),
        ("ratio", _ratios(runs)),
    ]
    described = machine.describe() | {"kannel": version}
    work = (
        f"medians of {arguments.rounds} rounds of {arguments.messages:,} messages, "
        f"{arguments.connections} connections, window {window}, two callbacks a message, "
        f"{'fast' if tools else 'built-in'} sinks"
    )
    show(described, work, sections)
    write(arguments.json, described, vars(arguments), sections)
    print(f"The same as JSON: {arguments.json}")
    return int(any(run.refused or run.lost for run in runs[OURS]))


def _ratios(runs: Runs) -> list[Figure]:
    """Return Kannel's CPU-ms a message over ours of the same round: above 1, ours is cheaper."""
    return [
        Figure(
            f"ratio_{name.rpartition(' ')[2]}",
            f"{name}, over ours",
            median(
                theirs.cpu_ms / own.cpu_ms
                for theirs, own in zip(runs[name], runs[OURS], strict=True)
            ),
            2,
        )
        for name in runs
        if name != OURS
    ]


if __name__ == "__main__":
    sys.exit(main())
