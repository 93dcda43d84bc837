"""The other parties: an SMSC and a webhook receiver, ours or the fast ones of a folder."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.system import free_port

STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink."""

    port: int
    process: psutil.Process

    @property
    def cpu_seconds(self) -> float:
        """User and system time that it has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def release(self) -> None:
        """Have our SMSC send what it holds back."""
        self.process.send_signal(signal.SIGUSR1)


@contextmanager
def smsc(
    tools: Path | None,
    seconds: int,
    *,
    receipts: str = "on",
    receipt_delay: int = 0,
    mo: int = 0,
    mo_dst: str = "",
    log: Path | None = None,
) -> Iterator[Sink]:
    """Run an SMSC that answers at once; `receipts` are on, off, or held until `release`.

    `receipt_delay` is in milliseconds.

    What the fast one can't do (to hold, to note times) ours does, whatever `tools` says.
    """
    port = free_port()
    words: list[object]
    if tools is not None and receipts != "held" and not mo and log is None:
        words = [tools / "smscsink", "--port", port, "--receipts", receipts]
        words += ["--receipt-window", 1000, "--max-seconds", seconds]
        words += ["--receipt-delay-ms", receipt_delay]
    else:
        words = [sys.executable, "-m", "tests.bench.smsc_sink", "--port", port]
        words += ["--receipts", receipts, "--mo", mo, "--mo-dst", mo_dst]
        words += ["--receipt-delay-ms", receipt_delay]
        words += [] if log is None else ["--log", log]
    with _running(words, port) as sink:
        yield sink


@contextmanager
def webhooks(tools: Path | None, seconds: int, log: Path, *, reply: str = "") -> Iterator[Sink]:
    """Run a receiver that logs one line a request; with a reply (TwiML) it is always ours."""
    port = free_port()
    words: list[object]
    if tools is not None and not reply:
        words = [tools / "webhooksink", "--port", port, "--log", log]
        words += ["--max-seconds", seconds]
    else:
        words = [sys.executable, "-m", "tests.bench.webhook_sink", "--port", port]
        words += ["--log", log, "--reply", reply]
    with _running(words, port) as sink:
        yield sink


@contextmanager
def _running(words: list[object], port: int) -> Iterator[Sink]:
    process = subprocess.Popen(
        [str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_listening(process, port)
        yield Sink(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _await_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    watched = psutil.Process(process.pid)
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        for connection in watched.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not listen on {port}")
        time.sleep(0.05)
