"""More APIs and as many more `workers all` beside those of a running system."""

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
LIVE = "SELECT count(*) FROM worker_processes WHERE seen_at > clock_timestamp() - interval '5 s'"


@contextmanager
def multiplied(running: System, subject: Subject, times: int) -> Iterator[Subject]:
    """Start so many of each less one, as the first ones; yield the subject with all their doors."""
    first = subject.requests[0]
    ports = [free_port() for _ in range(times - 1)]
    started: list[tuple[subprocess.Popen[bytes], str]] = []
    try:
        for port in ports:
            for kind, words in {"api": ["api"], "workers": ["workers", "all"]}.items():
                started.append((_start(running, port, words), kind))
        for port in ports:
            _await_ready(port)
        wait_for(running.database_url, LIVE, lambda live: live >= times, START_SECONDS)
        beside = [(psutil.Process(process.pid), kind) for process, kind in started]
        yield replace(
            subject,
            requests=(first, *(replace(first, port=port) for port in ports)),
            usage=lambda: cpu.add_up(
                [
                    *(
                        (one, cpu.kind_of(one, running.process))
                        for one in cpu.tree(running.process)
                    ),
                    *beside,
                ]
            ),
        )
    finally:
        for process, _ in started:
            process.terminate()
        for process, _ in started:
            process.wait(60)


def _start(running: System, port: int, words: list[str]) -> "subprocess.Popen[bytes]":
    ports = {
        "SMSC_HTTP_PORT": port,
        "SMSC_METRICS_PORT": 0,
        "SMSC_SMPP_PORT": free_port(),
    }
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        env=_environment(running) | {name: str(port) for name, port in ports.items()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


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
