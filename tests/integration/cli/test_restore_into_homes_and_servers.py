"""Backups go between a home whose server is stopped and a server that is reached by TCP."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from smsc import migrate
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.messaging.reading import queries
from smsc.vault import Vault
from tests.e2e.up import free_ports
from tests.integration.cli.test_carrier_and_direct_commands import Done, smsc
from tests.integration.embedded.test_canary import OWNER, a_text

TEXT = "It is there again."


class OverTcp(EmbeddedPostgres):
    """A server that listens on the loopback, as one that somebody else runs does."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, durable=False)
        (self.port,) = free_ports(1)

    def command(self) -> list[str]:
        return [*super().command(), "-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}"]

    @property
    def tcp_url(self) -> str:
        password = self._password_file.read_text().strip()
        return f"postgresql://smsc:{password}@127.0.0.1:{self.port}/smsc"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OverTcp]:
    made = OverTcp(tmp_path_factory.mktemp("tcp"))
    made.start()
    yield made
    made.stop()
    made.folders.remove_state()


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which nothing ever ran."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    EmbeddedPostgres(folder).folders.remove_state()


def backup_in(folder: Path) -> str:
    (found,) = folder.glob("*.backup")
    return str(found)


async def forget(server: OverTcp) -> None:
    """Delete what a backup would bring back."""
    async with (
        await Database.connect(server.tcp_url, size=1) as database,
        database.single() as connection,
    ):
        await connection.execute("DELETE FROM messages; DELETE FROM day_keys")


async def test_a_backup_is_restored_into_a_stopped_home_and_from_there_into_a_server_over_tcp(
    server: OverTcp, home: Path, tmp_path: Path
) -> None:
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    vault = Vault(SecretStr(key))
    migrate.upgrade(server.tcp_url)
    async with await Database.connect(server.tcp_url, vault=vault, size=1) as database:
        sid = await a_text(database, TEXT)
    of_server, of_home = tmp_path / "of server", tmp_path / "of home"
    there = {"DATABASE_URL": server.tcp_url, "SECRET_KEY": key, "HOME": str(tmp_path)}
    here = {"HOME": str(home), "SECRET_KEY": key}
    for words, settings in (
        (("backup", str(of_server)), there),
        (("restore", lambda: backup_in(of_server)), here),
        (("backup", str(of_home)), here),
        (("restore", lambda: backup_in(of_home), "--overwrite"), there),
    ):
        said = [word() if callable(word) else word for word in words]
        done: Done = await smsc(*said, **settings)
        assert done.code == 0, (said, done.errors)
        assert EmbeddedPostgres(home).pid is None  # what was started for the command is stopped
        if said[0] == "restore" and settings is here:
            await forget(server)
    async with await Database.connect(server.tcp_url, vault=vault, size=1) as database:
        found = await queries.fetch(database, OWNER[0], sid)
    assert found is not None
    assert found.body == TEXT
