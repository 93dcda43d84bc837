"""A column that goes as one text comes out of PostgreSQL as it went in."""

import asyncpg
import pytest

from smsc.unnesting import octets, texts

ODD = ["", " ", "NULL", "null", "{}", "a,b", 'a"b', "a\\b", '\\"', "\n\t", "ភាសា", None]


@pytest.mark.parametrize("column", [ODD, *([odd] for odd in ODD)], ids=repr)
async def test_texts(postgres_url: str, column: list[str | None]) -> None:
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT $1::text::text[]", texts(column)) == column
    await connection.close()


@pytest.mark.parametrize("column", [[b"", bytes(range(256)), None], [None], [b""]], ids=len)
async def test_octets(postgres_url: str, column: list[bytes | None]) -> None:
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT $1::text::bytea[]", octets(column)) == column
    await connection.close()
