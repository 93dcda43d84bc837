"""`make bench`: every scenario on one machine, in one table, with JSON beside it.

CPU time is user and system time of all our processes, PostgreSQL's and Valkey's too.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import SubprocessError

from asyncpg import InterfaceError, PostgresError

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.registry import SCENARIOS, chosen
from tests.bench.table import show, write

JSON = Path("build/bench.json")
# One scenario that breaks takes the figures of the others with it no more than it must.
FAILURES = (RuntimeError, TimeoutError, OSError, SubprocessError, PostgresError, InterfaceError)


def main() -> int:
    """Measure and print; return 1 if anything was refused or lost, or a scenario failed."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", help=f"with commas, of: {', '.join(SCENARIOS)}")
    parser.add_argument("--json", type=Path, default=JSON, help="where the figures go, too")
    Options.add_to(parser)
    arguments = parser.parse_args()
    options = Options.of(arguments)
    try:
        names = chosen(arguments.only)
    except ValueError as wrong:
        parser.error(str(wrong))
    sections: list[tuple[str, Sequence[Figure]]] = []
    failed: list[str] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            sections.append((name, SCENARIOS[name](options)))
        except FAILURES as failure:
            print(f"{name} failed: {type(failure).__name__}: {failure}", file=sys.stderr)
            failed.append(name)
    described = machine.describe()
    work = (
        f"{options.messages:,} messages, {options.connections} connections, "
        f"window {options.window}, {'fast' if options.tools else 'built-in'} sinks"
    )
    sections = [(name, figures) for name, figures in sections if figures]
    show(described, work, sections)
    write(arguments.json, described, asdict(options), sections)
    print(f"The same as JSON: {arguments.json}")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    has_losses = any(_is_loss(figure) for _, figures in sections for figure in figures)
    return int(has_losses or bool(failed))


def _is_loss(figure: Figure) -> bool:
    return figure.name.endswith(("refused", "lost")) and figure.value > 0


if __name__ == "__main__":
    sys.exit(main())
