"""A text that was purged is on no disk: not in the data folder, not in the write-ahead log."""

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from smsc import migrate, sealing, sids
from smsc.db import Database
from smsc.embedded import EmbeddedPostgres
from smsc.messaging import edits, purging, rekeying
from smsc.messaging.reading import queries
from smsc.vault import Vault

CANARY = "canary-3f9c in the coal mine"
IN_FOUR_DAYS = (datetime.now(UTC) + timedelta(days=4)).date()


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


OWNER = ("AC" + "1" * 32, "CR" + "1" * 32)


async def a_text(database: Database, body: str) -> str:
    """Insert a message that came in, of this moment; return its SID."""
    sid = sids.make(sids.Prefix.MESSAGE)
    async with database.single() as connection:
        keys = await database.sealer.today([OWNER], connection)
        text = keys.seal_text(OWNER[0], sid, body, body.encode())
        await connection.execute(
            """INSERT INTO messages (sid, carrier_sid, account_sid, direction, status, to_,
                 from_, body, sealed_body, user_data, key_id, data_coding, num_segments, lane,
                 segments_sent, has_udh, partial)
               VALUES ($7, $1, $2, 'inbound', 'received', '', '', $3, $4, $5, $6, 0, 1, 2,
                       0, false, false)""",
            *(OWNER[1], OWNER[0], text.body, text.sealed_body, text.user_data, text.key_id, sid),
        )
    return sid


async def wrapped_keys(database: Database) -> list[str]:
    async with database.single() as connection:
        await connection.execute("ANALYZE")
        await connection.execute("CHECKPOINT")
        return [row[0] for row in await connection.fetch("SELECT wrapped FROM day_keys")]


async def test_after_a_purge_neither_a_text_nor_its_key_is_on_disk(
    server: EmbeddedPostgres,
) -> None:
    migrate.upgrade(server.url)
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    async with await Database.connect(server.url, vault=vault) as database:
        await a_text(database, CANARY)
        (wrapped,) = await wrapped_keys(database)
        assert files_with(server, CANARY.encode()) == []
        assert files_with(server, wrapped.encode()) != []  # we look where keys would be
        async with database.single() as connection:
            await connection.execute("DELETE FROM messages")
        assert await purging.end_keys(database, IN_FOUR_DAYS) == 1
        assert await purging.scrub(database)
    assert files_with(server, wrapped.encode()) == []
    assert files_with(server, CANARY.encode()) == []


async def test_of_one_redacted_text_no_key_is_on_disk_and_the_others_of_its_day_are_read(
    server: EmbeddedPostgres,
) -> None:
    migrate.upgrade(server.url)
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    async with await Database.connect(server.url, vault=vault) as database:
        redacted, kept = await a_text(database, CANARY), await a_text(database, "It is kept.")
        (wrapped,) = await wrapped_keys(database)
        await edits.redact(database, OWNER[0], redacted)
        assert await rekeying.replace_keys(database, IN_FOUR_DAYS) == 2
        assert await purging.end_keys(database, IN_FOUR_DAYS) == 1
        (successor,) = await wrapped_keys(database)
        assert await purging.scrub(database)
        assert successor != wrapped
        assert files_with(server, successor.encode()) != []
    assert files_with(server, wrapped.encode()) == []
    assert files_with(server, CANARY.encode()) == []
    async with await Database.connect(server.url, vault=vault) as afresh:
        found = [await queries.fetch(afresh, OWNER[0], sid) for sid in (redacted, kept)]
        assert [one and one.body for one in found] == ["", "It is kept."]


async def test_what_was_redacted_today_is_ended_without_waiting_for_the_day_to_end(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(server.url)
    vault = Vault(SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode()))
    today = datetime.now(UTC).date()
    async with await Database.connect(server.url, vault=vault) as database:
        redacted, kept = await a_text(database, CANARY), await a_text(database, "It is kept.")
        (wrapped,) = await wrapped_keys(database)
        await edits.redact(database, OWNER[0], redacted)
        assert await rekeying.retire_young(database, today) == 1
        assert await rekeying.unsettled(database, today) == 1
        assert await rekeying.replace_keys(database, today) == 0  # somebody may still seal by it
        assert await purging.end_keys(database, today) == 0
        for term in ("SETTLED", "UNASKED"):
            monkeypatch.setattr(purging, term, timedelta(0))
        monkeypatch.setattr(sealing, "UNASKED_SECONDS", 0.0)
        later = await a_text(database, "It came later.")
        assert await rekeying.replace_keys(database, today) == 2
        assert await purging.end_keys(database, today) == 1
        assert await purging.scrub(database)
    assert files_with(server, wrapped.encode()) == []
    assert files_with(server, CANARY.encode()) == []
    async with await Database.connect(server.url, vault=vault) as afresh:
        found = [await queries.fetch(afresh, OWNER[0], sid) for sid in (redacted, kept, later)]
        assert [one and one.body for one in found] == ["", "It is kept.", "It came later."]


async def test_the_server_recycles_its_log_again_after_a_purge(server: EmbeddedPostgres) -> None:
    migrate.upgrade(server.url)
    async with await Database.connect(server.url) as database:
        assert await purging.scrub(database)
    connection = await asyncpg.connect(server.url)
    assert await connection.fetchval("SHOW wal_recycle") == "on"
    await connection.close()
