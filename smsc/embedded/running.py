"""A server process that this process started itself: watched, then stopped in steps."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_POLL_SECONDS = 0.02


class Running:
    """A child and the part of its log that it wrote."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, log_begins: int) -> None:
        self._process = process
        self._log = log
        self._log_begins = log_begins

    @classmethod
    def spawn(
        cls, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> Self:
        """Start it in a session of its own: Ctrl-C is ours to hear."""
        with log.open("ab") as output:
            begins = output.tell()
            process = subprocess.Popen(  # noqa: S603 our own command line
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
        return cls(process, log, begins)

    @property
    def pid(self) -> int:
        """Its pid."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def wait_until(self, ready: Callable[[int], bool], deadline: float) -> bool:
        """Wait until `ready(pid)`; False when it ends before, or at the monotonic deadline."""
        while time.monotonic() < deadline and not self.has_ended:
            if ready(self.pid):
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def last_words(self) -> str:
        """Return what it logged last, on one line."""
        with self._log.open("rb") as file:
            file.seek(self._log_begins)
            lines = file.read().decode(errors="replace").strip().splitlines()
        return " ".join(lines[-3:])

    def stop(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal in turn and wait its seconds, until it is gone."""
        for signum, seconds in steps:
            if self.has_ended:
                return
            self._process.send_signal(signum)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
