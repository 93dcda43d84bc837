"""One holder a folder: an flock that the kernel frees however the holder ends."""

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from smsc.embedded.errors import EmbeddedServerError


class HomeLock:
    """The right to use a folder, held until released or until this process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> Self:
        """Take the lock, or say who has it.

        Raises:
            EmbeddedServerError: another process holds it; its pid and since when.
        """
        if self._descriptor is not None:
            return self
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(os.pread(descriptor, 1000, 0))
            os.close(descriptor)
            raise EmbeddedServerError(
                f"{self.path.parent} is in use {holder}. Stop that process first, "
                "or choose another folder with SMSC_HOME."
            ) from None
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Give the lock back. The file stays: to remove it would race with the next holder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _read_holder(note: bytes) -> str:
    """Return "by process 123 since …"; the holder may not have written its note yet."""
    try:
        holder = json.loads(note)
        return f"by process {holder['pid']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "by another process"
