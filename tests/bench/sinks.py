"""The other parties: an SMSC and a webhook receiver, ours or the fast ones of a folder."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.system import free_port

STOP_SECONDS = 10


@contextmanager
def smsc(tools: Path | None, seconds: int, *, receipts: bool = True) -> Iterator[int]:
    """Run an SMSC that answers at once, and sends each receipt if asked; yield its port."""
    port = free_port()
    said = "on" if receipts else "off"
    if tools is not None:
        words = [tools / "smscsink", "--port", port, "--receipts", said, "--max-seconds", seconds]
    else:
        words = [sys.executable, "-m", "tests.bench.smsc_sink", "--port", port]
        words += ["--receipts", said]
    with _running(words):
        yield port


@contextmanager
def webhooks(tools: Path | None, seconds: int, log: Path) -> Iterator[int]:
    """Run a receiver that logs one line a callback, its form at the end; yield its port."""
    port = free_port()
    if tools is not None:
        words = [tools / "webhooksink", "--port", port, "--log", log]
        words += ["--max-seconds", seconds]
    else:
        words = [sys.executable, "-m", "tests.bench.webhook_sink", "--port", port, "--log", log]
    with _running(words):
        yield port


@contextmanager
def _running(words: list[object]) -> Iterator[None]:
    process = subprocess.Popen(
        [str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        if process.poll() is not None:
            raise RuntimeError(f"{words[0]} ended with {process.returncode}")
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
