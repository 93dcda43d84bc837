"""A text that was purged is on no disk: not in the data folder, not in the write-ahead log."""

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from smsc import migrate
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.messaging import purging
from smsc.vault import Vault

CANARY = "canary-3f9c in the coal mine"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own: it may have its whole data folder read."""
    made = EmbeddedPostgres(tmp_path_factory.mktemp("canary"), durable=False)
    made.start()
    yield made
    made.stop()
    made.remove()
    made.folders.remove_state()


def files_with(server: EmbeddedPostgres, word: bytes) -> list[str]:
    """Return the files of the data folder, its log included, in which the octets stand."""
    return [
        str(path.relative_to(server._data))
        for path in sorted(Path(server._data).rglob("*"))
        if path.is_file() and word in path.read_bytes()
    ]


async def test_after_a_purge_neither_a_text_nor_its_key_is_on_disk(
    server: EmbeddedPostgres,
) -> None:
    migrate.upgrade(server.url)
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    owner = ("AC" + "1" * 32, "CR" + "1" * 32)
    async with await Database.connect(server.url, vault=vault) as database:
        keys = await database.sealer.today([owner])
        text = keys.seal_text(owner[0], "SM1", CANARY, CANARY.encode())
        async with database.single() as connection:
            await connection.execute(
                """INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_,
                     from_, body, sealed_body, user_data, key_id, data_coding, num_segments, lane,
                     segments_sent, has_udh, partial)
                   VALUES ('SM1', $1, $2, 'inbound', 'received', '', '', $3, $4, $5, $6, 0, 1, 2,
                           0, false, false)""",
                *(owner[1], owner[0], text.body, text.sealed_body, text.user_data, text.key_id),
            )
            wrapped = await connection.fetchval("SELECT wrapped FROM day_keys")
            await connection.execute("ANALYZE")
            await connection.execute("CHECKPOINT")
            assert files_with(server, CANARY.encode()) == []
            assert files_with(server, wrapped.encode()) != []  # we look where keys would be
            await connection.execute("DELETE FROM messages")
        ended = await purging.end_keys(database, (datetime.now(UTC) + timedelta(days=4)).date())
        assert ended == 1
        assert await purging.scrub(database)
    assert files_with(server, wrapped.encode()) == []
    assert files_with(server, CANARY.encode()) == []


async def test_the_server_recycles_its_log_again_after_a_purge(server: EmbeddedPostgres) -> None:
    migrate.upgrade(server.url)
    async with await Database.connect(server.url) as database:
        assert await purging.scrub(database)
    connection = await asyncpg.connect(server.url)
    assert await connection.fetchval("SHOW wal_recycle") == "on"
    await connection.close()
