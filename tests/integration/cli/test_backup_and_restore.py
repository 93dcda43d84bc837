"""What is backed up is read again after a restore, by those who have the keys."""

import asyncio
import json
import shutil
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from smsc import migrate
from smsc.cli.backup import KEYS_FILE, MANIFEST, BackupError, backup
from smsc.cli.restore import restore
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.messaging.reading import queries
from tests.integration.conftest import House

CANARY = "canary in the backup"


@pytest.fixture
def seals() -> bool:
    return True


@pytest.fixture
async def empty_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    name = f"restored_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_server.url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url_of(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def made(house: House, url: str, folder: Path, home: Path) -> tuple[Path, str]:
    """A backup with one message, and the message's SID."""
    message = await house.accept(body=CANARY)
    path = await asyncio.to_thread(backup, url, folder, home, datetime.now(UTC))
    return path, message.sid


async def text_in(url: str, house: House, sid: str) -> str | None:
    async with await Database.connect(url, vault=house.vault, size=1) as database:
        found = await queries.fetch(database, house.account.sid, sid)
    return None if found is None else found.body


async def test_a_restored_database_has_the_message_and_its_text(
    house: House, database_url: str, empty_url: str, embedded_home: Path, tmp_path: Path
) -> None:
    path, sid = await made(house, database_url, tmp_path, embedded_home)
    keys = tmp_path / KEYS_FILE
    await asyncio.to_thread(restore, empty_url, path, keys, embedded_home, overwrite=False)
    assert await text_in(empty_url, house, sid) == CANARY
    assert migrate.check(empty_url) == []
    with pytest.raises(BackupError, match="has data already"):
        await asyncio.to_thread(restore, empty_url, path, keys, embedded_home, overwrite=False)
    await asyncio.to_thread(restore, empty_url, path, keys, embedded_home, overwrite=True)
    assert await text_in(empty_url, house, sid) == CANARY
    async with await Database.connect(empty_url, vault=house.vault, size=1) as database:
        await database.sealer.today([("AC_other", house.account.carrier_sid)])  # has a fresh id


async def test_a_text_whose_key_was_ended_is_in_no_backup_readable(
    house: House, database_url: str, empty_url: str, embedded_home: Path, tmp_path: Path
) -> None:
    path, sid = await made(house, database_url, tmp_path, embedded_home)
    await house.value("DELETE FROM day_keys")
    later = await asyncio.to_thread(
        backup, database_url, tmp_path, embedded_home, datetime(2030, 1, 1, tzinfo=UTC)
    )
    assert later != path
    keys = tmp_path / KEYS_FILE
    assert json.loads(keys.read_text()) == []
    await asyncio.to_thread(restore, empty_url, path, keys, embedded_home, overwrite=False)
    assert await text_in(empty_url, house, sid) == ""


async def test_neither_file_tells_a_text_or_an_unwrapped_key(
    house: House, database_url: str, embedded_home: Path, tmp_path: Path
) -> None:
    path, _ = await made(house, database_url, tmp_path, embedded_home)
    octets = path.read_bytes() + (tmp_path / KEYS_FILE).read_bytes()
    assert CANARY.encode() not in octets
    wrapped = str(await house.value("SELECT wrapped FROM day_keys"))
    assert wrapped.encode() not in path.read_bytes()
    modes = {file.stat().st_mode & 0o777 for file in (path, tmp_path / KEYS_FILE)}
    assert modes == {0o600}


async def test_what_cannot_be_restored_is_refused_and_changes_nothing(
    house: House, database_url: str, empty_url: str, embedded_home: Path, tmp_path: Path
) -> None:
    path, sid = await made(house, database_url, tmp_path, embedded_home)
    keys = tmp_path / KEYS_FILE
    newer = tmp_path / "newer.backup"
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    manifest = tmp_path / "unpacked" / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"revision": "9999"}))
    with tarfile.open(newer, "w") as archive:
        for file in (tmp_path / "unpacked").iterdir():
            archive.add(file, file.name)
    shutil.copy(keys, tmp_path / "other.json")
    for file, keys_file, why in (
        (newer, keys, "newer than this one"),
        (keys, keys, "is no backup"),
        (path, tmp_path / "absent.json", "is missing"),
        (path, path, "no file of keys"),
    ):
        with pytest.raises(BackupError, match=why):
            await asyncio.to_thread(
                restore, database_url, file, keys_file, embedded_home, overwrite=True
            )
    assert await text_in(database_url, house, sid) == CANARY
    await house.value(
        "INSERT INTO worker_processes (sid, kinds, host, pid) VALUES ('WP1', 'clock', 'here', 1)"
    )
    with pytest.raises(BackupError, match="stop every process"):
        await asyncio.to_thread(restore, database_url, path, keys, embedded_home, overwrite=True)
    connection = await asyncpg.connect(empty_url)
    await connection.execute("CREATE TABLE somebodys (x int)")
    await connection.close()
    with pytest.raises(BackupError, match="tables of something else"):
        await asyncio.to_thread(restore, empty_url, path, keys, embedded_home, overwrite=True)
