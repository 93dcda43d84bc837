"""CPU time and memory of the system under test, by kind of process."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import psutil

KINDS = ("api", "workers", "postgres", "valkey", "pgbouncer", "supervisor")


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of user and system time, and octets of resident memory, by kind."""

    seconds: dict[str, float]
    memory: dict[str, int]

    def since(self, before: "Usage") -> dict[str, float]:
        """Return the seconds that were used since."""
        return {kind: self.seconds[kind] - before.seconds.get(kind, 0.0) for kind in self.seconds}


def measure(root: psutil.Process, beside: Iterable[tuple[psutil.Process, str]] = ()) -> Usage:
    """Read the whole tree under `root`, which is `smsc up`, and the trees of these kinds.

    What has ended and was reaped, such as an autovacuum worker, counts with its parent.
    """
    ours = ((process, kind_of(process, root)) for process in tree(root))
    theirs = ((process, kind) for root_, kind in beside for process in tree(root_))
    return add_up(chain(ours, theirs))


def tree(root: psutil.Process) -> list[psutil.Process]:
    """Return it and all that it has started."""
    return [root, *root.children(recursive=True)]


def add_up(processes: Iterable[tuple[psutil.Process, str]]) -> Usage:
    """Read these processes, each with its kind."""
    seconds: dict[str, float] = defaultdict(float)
    memory: dict[str, int] = defaultdict(int)
    for process, kind in processes:
        try:
            times = process.cpu_times()
            memory[kind] += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        seconds[kind] += times.user + times.system
        if kind != "supervisor":
            seconds[kind] += times.children_user + times.children_system
    return Usage(dict(seconds), dict(memory))


def kind_of(process: psutil.Process, root: psutil.Process) -> str:
    """Say which of `KINDS` a process under `root` is."""
    if process == root:
        return "supervisor"
    try:
        words = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "workers"  # it has just ended; nothing will be read of it
    if "postgres" in words:
        return "postgres"
    if "valkey" in words:
        return "valkey"
    return "api" if words.endswith("api") else "workers"
