"""What `smsc up` and `smsc reset` refuse before anything starts."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsc.cli.home import secret_key, settle_ports
from smsc.embedded import EmbeddedPostgres, Folders, HomeLock
from smsc.errors import SettingError
from smsc.settings import Settings

ROOT = Path(__file__).parents[3]
ANY_PORTS = {
    "http_port": 0,
    "smpp_port": 0,
    "simulator_port": 0,
    "simulator_http_port": 0,
    "metrics_port": 0,
}


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="smsc-test-"))
    yield folder
    if folder.exists():
        Folders.of(folder).remove_state()
        shutil.rmtree(folder)


def smsc(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "smsc.cli", *words],
        env=os.environ | {"SMSC_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [["up"], ["reset", "--yes"]], ids=["up", "reset"])
def test_a_home_in_use_is_refused_with_who_holds_it(home: Path, words: list[str]) -> None:
    lock = HomeLock(home / "lock").acquire()
    result = smsc(home, *words)
    lock.release()
    assert result.returncode == 1
    assert f"{home} is in use by process {os.getpid()} since 20" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_port_in_use_is_refused_with_the_name_of_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = Settings.read(**(ANY_PORTS | {"smpp_port": port}))
        with pytest.raises(SettingError, match=f"SMSC_SMPP_PORT: port {port} on 127.0.0.1"):
            settle_ports(settings)


def test_a_simulators_port_may_be_in_use_where_none_is_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = Settings.read(**(ANY_PORTS | {"simulator_port": port}))
        assert settle_ports(settings, simulator=False).simulator_port == port
        with pytest.raises(SettingError, match=f"SMSC_SIMULATOR_PORT: port {port}"):
            settle_ports(settings)


def test_one_port_for_two_settings_is_refused_with_both_names() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = Settings.read(**(ANY_PORTS | {"http_port": port, "smpp_port": port}))
    with pytest.raises(SettingError, match="SMSC_SMPP_PORT and SMSC_HTTP_PORT both mean"):
        settle_ports(settings)


def test_port_0_becomes_a_free_port_of_its_own() -> None:
    settled = settle_ports(Settings.read(**ANY_PORTS))
    assert len({getattr(settled, name) for name in ANY_PORTS} - {0}) == len(ANY_PORTS)


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(SettingError, match=r"SMSC_BIND: '192\.0\.2\.1' is no"):
        settle_ports(Settings.read(**ANY_PORTS, bind="192.0.2.1"))


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert secret_key(tmp_path) == key
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert Settings.read(secret_key=key).secret_key is not None


def test_reset_throws_away_what_is_ours_and_nothing_else(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    server.stop()
    state = Folders.of(home).state
    secret_key(home)
    (home / "thesis.txt").write_text("not ours")
    result = smsc(home, "reset", "--yes")
    assert (result.returncode, result.stderr) == (0, "")
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]
    assert state == home or not state.exists()
