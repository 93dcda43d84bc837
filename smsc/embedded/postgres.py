"""An embedded PostgreSQL: made, started, waited for, stopped, recovered."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smsc.embedded import leftover
from smsc.embedded.account import Account
from smsc.embedded.binaries import postgres_programs
from smsc.embedded.errors import EmbeddedServerError
from smsc.embedded.folders import Folders, owned
from smsc.embedded.launch import launched
from smsc.embedded.lock import HomeLock
from smsc.embedded.running import Running

DATABASE: Final = "smsc"
_PORT: Final = 5432  # names the socket; there is no TCP
_RECOVERY_SECONDS: Final = 60.0
_ORPHANS_SECONDS: Final = 10.0
_ORPHANS_POLL: Final = 0.2
# Fast shutdown ends the sessions and writes a checkpoint; immediate leaves that to recovery.
STOP_STEPS: Final = (
    (signal.SIGINT, 30.0),
    (signal.SIGQUIT, 5.0),
    (signal.SIGKILL, 5.0),
)
_SETTINGS: Final = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    "io_method": "sync",  # three processes fewer on a small machine
    "max_parallel_workers_per_gather": "0",  # needs /dev/shm, which containers keep small
    "jit": "off",
    "max_wal_size": "512MB",  # bounds the time of a recovery
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "60s",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_DURABLE: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_FORGETFUL: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """One server for one home, reached by a unix socket with a password.

    `start` and `stop` run it as a child of this process; a supervisor that restarts it uses
    `prepare`, `command`, `environment`, `folder` and `is_ready` instead.
    """

    name = "postgres"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        """Describe the server of a home; nothing is touched yet but its folders.

        `durable=False` is for tests: a crash of the machine may lose the data.
        """
        self.folders = Folders.of(home)
        self._durable = durable
        self._durability = _DURABLE if durable else _FORGETFUL
        self._place = self.folders.state / "postgres"
        self._data = self._place / "data"
        self._lock = HomeLock(self.folders.state / "postgres.lock")
        self._programs: Path | None = None
        self._running: Running | None = None

    @property
    def url(self) -> str:
        """The URL of the database, with its password. Valid once prepared."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of another database of this server."""
        password = self._password_file.read_text().strip()
        return (
            f"postgresql://{DATABASE}:{password}@/{quote(database)}"
            f"?host={self.folders.run}&port={_PORT}"
        )

    @property
    def _password_file(self) -> Path:
        return self.folders.home / "postgres-password"

    @property
    def folder(self) -> Path:
        """The working directory of the server: one that its account can enter."""
        return self.folders.run

    @property
    def environment(self) -> dict[str, str]:
        """The server's whole environment: nothing of ours leaks into it."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folders.run)}

    @property
    def log(self) -> Path:
        """Where `start` sends what the server says."""
        return self.folders.logs / "postgres.log"

    def prepare(self) -> None:
        """Make the data folder if there is none (1.5 s), and stop what is left of an earlier run.

        Raises:
            EmbeddedServerError: in use, of another version, damaged, or initdb failed.
        """
        self._lock.acquire()
        owned(self._place, self.folders.account)
        programs = self._find_programs()
        if self._data.exists():
            self._check_version(programs)
            if not self._password_file.exists():
                raise EmbeddedServerError(
                    f"{self._password_file} is missing: without it the database can't be opened. "
                    "Restore it, or begin anew with `smsc reset`."
                )
            self._stop_leftover()
        else:
            self._create(programs)

    def command(self) -> list[str]:
        """Return the server's command line. It contains no secret."""
        settings = _SETTINGS | self._durability | {"unix_socket_directories": str(self.folders.run)}
        words: list[str | os.PathLike[str]] = [
            self._find_programs() / "postgres",
            "-D",
            self._data,
        ]
        for key, value in settings.items():
            words += ["-c", f"{key}={value}"]
        return launched(words, death_signal=signal.SIGINT, account=self.folders.account)

    def is_ready(self, pid: int) -> bool:
        """Say whether the server with that pid accepts connections.

        Source: PostgreSQL, pidfile.h: line 1 is the pid, line 8 the state.
        """
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def start(self) -> str:
        """Prepare, start and wait until it answers, at most 60 s; return the URL.

        The server ends with the thread that calls this.

        Raises:
            EmbeddedServerError: it can't be made or doesn't start; says where its log is.
        """
        try:
            self.prepare()
            if self._running is None:
                self._running = self._spawn(time.monotonic())
        except EmbeddedServerError:
            self.stop()
            raise
        return self.url

    def _spawn(self, begun: float) -> Running:
        while True:
            running = Running.spawn(self.command(), self.environment, self.folder, self.log)
            if running.wait_until(self.is_ready, begun + _RECOVERY_SECONDS):
                return running
            # Backends of a postmaster that was killed take a moment to notice.
            orphans = running.has_ended and "shared memory block" in running.last_words()
            if not orphans or time.monotonic() > begun + _ORPHANS_SECONDS:
                running.stop(STOP_STEPS)
                raise EmbeddedServerError(
                    f"PostgreSQL did not start: {running.last_words() or 'no reason given'} "
                    f"(log: {self.log})"
                )
            time.sleep(_ORPHANS_POLL)

    def stop(self) -> None:
        """Stop the server that `start` started, and let go of the folder."""
        if self._running is not None:
            self._running.stop(STOP_STEPS)
            self._running = None
        self._lock.release()

    def remove(self) -> None:
        """Stop, and delete the data and all else of this server's state outside of the home."""
        self._lock.acquire()
        self._stop_leftover()
        self.stop()
        shutil.rmtree(self._place, ignore_errors=True)
        self._password_file.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The postmaster's pid as its data folder tells it, living or not."""
        lines = self._pid_file_lines()
        return int(lines[0]) if lines and lines[0].isdecimal() else None

    def _find_programs(self) -> Path:
        if self._programs is None:
            self._programs = postgres_programs(self.folders)
        return self._programs

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _check_version(self, programs: Path) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        ours = _version(programs)
        if made_by != ours:
            raise EmbeddedServerError(
                f"The database in {self._data} was made by PostgreSQL {made_by}; this smsc brings "
                f"{ours}. Dump it with the smsc that made it and load it here, "
                "set SMSC_DATABASE_URL to a server of your own, or begin anew with `smsc reset`."
            )

    def _stop_leftover(self) -> None:
        pid = self.pid
        if pid is None or (self._running is not None and self._running.pid == pid):
            return
        server = leftover.find(pid, name="postgres", folder=self._data)
        if server is not None:
            leftover.stop(server, STOP_STEPS)
        else:
            # PostgreSQL takes any living process with that pid, a zombie too, for its postmaster.
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _create(self, programs: Path) -> None:
        """Make the data folder beside its place and move it there when it is whole."""
        draft = self._place / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        owned(draft, self.folders.account)
        password = secrets.token_hex(24)
        for_initdb = self._place / "password"
        _write_private(self._password_file, password)
        _write_private(for_initdb, password, self.folders.account)
        try:
            words: list[str | Path] = [programs / "initdb", "-D", draft, "--pwfile", for_initdb]
            words += [f"--username={DATABASE}", "--auth=scram-sha-256", "--no-instructions"]
            words += ["--encoding=UTF8", "--locale=C"]
            words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            self._run(words if self._durable else [*words, "--no-sync"])
        finally:
            for_initdb.unlink()
        words = [programs / "postgres", "--single", "-D", draft, "-c", "exit_on_error=on"]
        words += ["-c", f"fsync={self._durability['fsync']}", "postgres"]
        self._run(words, f"CREATE DATABASE {DATABASE}\n")
        draft.rename(self._data)
        _sync_folder(self._place)

    def _run(self, words: list[str | Path], say: str = "") -> None:
        result = subprocess.run(  # noqa: S603 our own command line
            launched(words, account=self.folders.account),
            input=say,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            check=False,
        )
        if result.returncode != 0:
            reason = (result.stderr or result.stdout).strip().replace("\n", "; ")
            raise EmbeddedServerError(f"The database can't be made: {reason}")


def _version(programs: Path) -> str:
    """Return the major version from what a program says: "postgres (PostgreSQL) 18.6"."""
    said = subprocess.run(  # noqa: S603 our own program
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[-1].split(".")[0]


def _write_private(path: Path, text: str, account: Account | None = None) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if account is not None:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(f"{text}\n")


def _sync_folder(folder: Path) -> None:
    """Make a rename in it survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
