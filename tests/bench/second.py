"""A second API and a second `workers all` beside those of a running system."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil

from tests.bench import cpu
from tests.bench.path import Subject
from tests.bench.rows import wait_for
from tests.bench.system import System, free_port

START_SECONDS = 60
BOTH_LIVE = (
    "SELECT count(*) FROM worker_processes WHERE seen_at > clock_timestamp() - interval '5 s'"
)


@contextmanager
def doubled(running: System, subject: Subject) -> Iterator[Subject]:
    """Start them with the environment of the first ones; yield the subject with two doors."""
    environment = _environment(running)
    port = free_port()
    environment |= {"SMSC_HTTP_PORT": str(port), "SMSC_METRICS_PORT": "0"}
    environment |= {"SMSC_SMPP_PORT": str(free_port())}
    started = {
        kind: subprocess.Popen(
            [sys.executable, "-m", *module],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for kind, module in {"api": ["api"], "workers": ["workers", "all"]}.items()
    }
    try:
        _await_ready(port)
        wait_for(running.database_url, BOTH_LIVE, lambda live: live >= 2, START_SECONDS)
        seconds = [(psutil.Process(process.pid), kind) for kind, process in started.items()]
        yield replace(
            subject,
            requests=(subject.requests[0], replace(subject.requests[0], port=port)),
            usage=lambda: cpu.add_up(
                [
                    *(
                        (one, cpu.kind_of(one, running.process))
                        for one in cpu.tree(running.process)
                    ),
                    *seconds,
                ]
            ),
        )
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(60)


def _environment(running: System) -> dict[str, str]:
    """Return that of the system's own workers, which has its servers and its secret."""
    for process in cpu.tree(running.process):
        if cpu.kind_of(process, running.process) == "workers":
            return os.environ | process.environ()
    raise RuntimeError("the system has no workers")


def _await_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
