"""Stops a server that outlived its parent: by pid, once it is known to be ours."""

import signal
from collections.abc import Sequence
from pathlib import Path

import psutil
import structlog

from smsc.embedded.errors import EmbeddedServerError

log = structlog.get_logger()


def find(pid: int, *, name: str, folder: Path) -> psutil.Process | None:
    """Return the living process of that pid if its program and its folder are the expected ones.

    A pid alone proves nothing: after a restart of the machine it names someone else.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        ours = Path(process.exe()).name == name and Path(process.cwd()) == folder
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if ours else None


def stop(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone.

    Raises:
        EmbeddedServerError: it is still there at the end.
    """
    for signum, seconds in steps:
        log.warning("leftover.stopped", pid=process.pid, signal=signum.name)
        try:
            process.send_signal(signum)
            process.wait(seconds)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        return
    raise EmbeddedServerError(f"Process {process.pid} of an earlier run can't be stopped.")
