"""`make profile`: where each process spends its time while the path runs.

py-spy watches every Python process under `smsc up`, first for folded stacks, then for a flame
graph; PostgreSQL and Valkey are not Python, and their share is in the bench's table. py-spy pauses
what it samples: read shares off a profile, never CPU-ms.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.bench import cpu
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course
from tests.bench.stacks import Share, shares
from tests.bench.system import System

RATE = 250  # samples a second
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recorder is to leave, in a file of this ending."""

    format: str
    ending: str


STACKS = Recording("raw", "stacks")
GRAPH = Recording("flamegraph", "svg")


def main() -> int:
    """Record and print; return 2 if py-spy is missing or may not look."""
    parser = argparse.ArgumentParser(prog="make profile")
    Options.add_to(parser)
    parser.add_argument("--folder", type=Path, help="default: $SMSC_HOME/profiles/<time>")
    parser.add_argument("--seconds", type=int, default=20, help="of each of the two recordings")
    parser.add_argument("--top", type=int, default=15, help="functions to print a process")
    parser.add_argument("--native", action="store_true", help="see C extensions, too (slower)")
    arguments = parser.parse_args()
    if (recorder := _recorder()) is None:
        print("make profile: py-spy is missing: pip install 'smsc[profile]'", file=sys.stderr)
        return 2
    command = [recorder, "record", "--rate", str(RATE)]
    command += ["--native"] if arguments.native else []
    folder: Path = arguments.folder or _new_folder()
    folder.mkdir(parents=True, exist_ok=True)
    options = Options.of(arguments)
    with ours(options.window, options.tools) as (running, subject):
        course = Course(subject, options.connections, options.tools)
        course.warm_up()
        processes = _python_processes(running)
        for recording in (STACKS, GRAPH):
            with_load = _Load(course, options.messages)
            with_load.start()
            try:
                words = _record(command, processes, recording, folder, arguments.seconds)
            finally:
                with_load.stop()
            if words:
                print(f"make profile: py-spy failed: {words}", file=sys.stderr)
                return 2
    for name in processes:
        lines = (folder / f"{name}.{STACKS.ending}").read_text().splitlines()
        _show(name, shares(lines), arguments.top)
    print(f"Stacks and flame graphs: {folder}")
    return 0


class _Load(threading.Thread):
    """Sends runs of messages, one after the other, until it is stopped."""

    def __init__(self, course: Course, messages: int) -> None:
        super().__init__()
        self._course = course
        self._messages = messages
        self._is_stopped = threading.Event()

    def run(self) -> None:
        while not self._is_stopped.is_set():
            self._course.run(self._messages)

    def stop(self) -> None:
        """End with the run that is under way."""
        self._is_stopped.set()
        self.join()


def _recorder() -> str | None:
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


def _new_folder() -> Path:
    return (
        Path(os.environ.get("SMSC_HOME", ".smsc"))
        / "profiles"
        / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    )


def _python_processes(running: System) -> dict[str, psutil.Process]:
    """Return those that carry traffic, by kind; a second one of a kind gets its id as well."""
    named: dict[str, psutil.Process] = {}
    for process in cpu.tree(running.process):
        kind = cpu.kind_of(process, running.process)
        if kind in {"api", "workers"} and "python" in process.name():
            named[f"{kind}-{process.pid}" if kind in named else kind] = process
    return named


def _record(
    command: Sequence[str],
    processes: dict[str, psutil.Process],
    recording: Recording,
    folder: Path,
    seconds: int,
) -> str:
    """Watch all processes at once; return what went wrong, or nothing."""
    started = [
        subprocess.Popen(
            [
                *command,
                *("--pid", str(process.pid), "--duration", str(seconds)),
                *("--format", recording.format),
                *("--output", str(folder / f"{name}.{recording.ending}")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, process in processes.items()
    ]
    faults = []
    for one in started:
        _, errors = one.communicate(timeout=seconds + PATIENCE_SECONDS)
        if one.returncode:
            faults.append(" ".join(errors.split()))
    return "; ".join(faults)


def _show(name: str, found: Sequence[Share], top: int) -> None:
    table = Table(title=f"{name}: % of its samples", title_justify="left")
    table.add_column("self", justify="right")
    table.add_column("with callees", justify="right")
    table.add_column("function")
    for share in found[:top]:
        table.add_row(f"{share.own:.1f}", f"{share.total:.1f}", share.function)
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.exit(main())
