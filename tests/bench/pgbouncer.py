"""Debian's PgBouncer, in transaction mode, before an embedded server."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from smsc.embedded import EmbeddedPostgres
from smsc.embedded.launch import launched

PATHS = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"  # where Debian has it
PORT = 6543  # of a unix socket: it only names a file
START_SECONDS = 10


class NoPgBouncer(Exception):
    """There is none to measure; says how to get it."""


def program() -> str:
    """Return where it is.

    Raises:
        NoPgBouncer: nowhere.
    """
    found = shutil.which("pgbouncer", path=PATHS)
    if found is None:
        raise NoPgBouncer("pgbouncer is not installed; Debian has it as `pgbouncer`")
    return found


@contextmanager
def pgbouncer(server: EmbeddedPostgres) -> Iterator[tuple[str, psutil.Process]]:
    """Run it under the server's account; yield the URL by which it is asked, and the process."""
    folder, account = server.folders.run, server.folders.account
    direct = urlsplit(server.url)
    name = direct.path.removeprefix("/")
    settings = folder / "pgbouncer.ini"
    settings.touch(0o600)
    settings.write_text(
        f"""[databases]
{name} = {_words(server)} dbname={name} user={direct.username} password={direct.password}
[pgbouncer]
listen_port = {PORT}
unix_socket_dir = {folder}
unix_socket_mode = 0700
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
log_connections = 0
log_disconnections = 0
"""
    )
    if account is not None:
        os.chown(settings, account.uid, account.gid)
    started = subprocess.Popen(
        launched([program(), settings], account=account),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(folder / f".s.PGSQL.{PORT}", started)
        yield (
            f"postgresql://{direct.username}:any@/{name}?host={folder}&port={PORT}",
            psutil.Process(started.pid),
        )
    finally:
        started.terminate()
        started.wait(30)
        settings.unlink(missing_ok=True)


def _words(server: EmbeddedPostgres) -> str:
    """Return where the server listens, as PgBouncer wants it."""
    told = dict(pair.split("=") for pair in urlsplit(server.url).query.split("&"))
    return f"host={told['host']} port={told['port']}"


def _await(path: Path, started: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        if started.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PgBouncer did not start")
        time.sleep(0.05)
