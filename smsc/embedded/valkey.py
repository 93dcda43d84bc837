"""An embedded Valkey on a unix socket, without persistence: it only rings bells."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Final

from smsc.embedded import leftover
from smsc.embedded.binaries import valkey_server
from smsc.embedded.errors import EmbeddedServerError
from smsc.embedded.folders import Folders
from smsc.embedded.launch import launched
from smsc.embedded.lock import HomeLock
from smsc.embedded.running import Running

_START_SECONDS: Final = 20.0
STOP_STEPS: Final = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


class EmbeddedValkey:
    """One server for one home. Used like `EmbeddedPostgres`."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self.folders = Folders.of(home)
        self._socket = self.folders.run / "valkey.sock"
        self._pid_file = self.folders.run / "valkey.pid"
        self._lock = HomeLock(self.folders.state / "valkey.lock")
        self._program: Path | None = None
        self._running: Running | None = None

    @property
    def url(self) -> str:
        """The URL, as redis-py and arq read it."""
        return f"unix://{self._socket}"

    @property
    def folder(self) -> Path:
        """The working directory of the server."""
        return self.folders.run

    @property
    def environment(self) -> dict[str, str]:
        """The server's whole environment."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folders.run)}

    @property
    def log(self) -> Path:
        """Where `start` sends what the server says."""
        return self.folders.logs / "valkey.log"

    @property
    def pid(self) -> int | None:
        """The server's pid as it wrote it, living or not."""
        try:
            return int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def prepare(self) -> None:
        """Stop what is left of an earlier run.

        Raises:
            EmbeddedServerError: another process holds the home.
        """
        self._lock.acquire()
        pid = self.pid
        if pid is not None and (self._running is None or self._running.pid != pid):
            server = leftover.find(pid, name="valkey-server", folder=self.folders.run)
            if server is not None:
                leftover.stop(server, STOP_STEPS)
            self._pid_file.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Return the server's command line."""
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "pidfile": str(self._pid_file),
            "dir": str(self.folders.run),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "loglevel": "warning",
            # Bells may be lost, memory may not: the oldest fall out.
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
            "hz": "1",  # nothing of ours expires to the tenth of a second; at rest it sleeps
        }
        if self._program is None:
            self._program = valkey_server(self.folders)
        words: list[str | os.PathLike[str]] = [self._program]
        for key, value in settings.items():
            words += [f"--{key}", value]
        return launched(words, account=self.folders.account)

    def is_ready(self, pid: int) -> bool:
        """Say whether the server with that pid answers."""
        if self.pid != pid:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(1.0)
                client.connect(str(self._socket))
                client.sendall(b"*1\r\n$4\r\nPING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start(self) -> str:
        """Prepare, start and wait until it answers; return the URL.

        The server ends with the thread that calls this.

        Raises:
            EmbeddedServerError: it doesn't start; says where its log is.
        """
        self.prepare()
        if self._running is None:
            running = Running.spawn(self.command(), self.environment, self.folder, self.log)
            if not running.wait_until(self.is_ready, time.monotonic() + _START_SECONDS):
                running.stop(STOP_STEPS)
                self.stop()
                raise EmbeddedServerError(
                    f"Valkey did not start: {running.last_words() or 'no reason given'} "
                    f"(log: {self.log})"
                )
            self._running = running
        return self.url

    def stop(self) -> None:
        """Stop the server that `start` started, and let go of the folder."""
        if self._running is not None:
            self._running.stop(STOP_STEPS)
            self._running = None
        self._lock.release()

    def remove(self) -> None:
        """Stop it, whoever started it. It keeps nothing."""
        self.prepare()
        self.stop()
