"""The migration in a process of its own, as `smsc up` runs it."""

import asyncio

import pytest

from smsc.cli.migrating import NotMigrated, migrate


async def test_its_last_words_are_the_refusal() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(NotMigrated, match=r"^The database can't be reached: .*\Z"):
        await migrate(f"postgresql://somebody:secret@127.0.0.1:{port}/nothing")


async def test_a_cancel_ends_it() -> None:
    asked: asyncio.Future[asyncio.StreamReader] = asyncio.get_running_loop().create_future()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set_result(reader)
        await ended.wait()
        writer.close()

    ended = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://somebody:secret@127.0.0.1:{port}/nothing"
        migrating = asyncio.create_task(migrate(url))
        reader = await asyncio.wait_for(asked, 60)
        migrating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await migrating
        await asyncio.wait_for(reader.read(), 60)  # to its end: nobody is there any more
        ended.set()
