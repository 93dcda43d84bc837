"""Results of bulks wait a moment for more of them; nothing else does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from smsc.messaging import recorder
from smsc.messaging.recorder import Recorder
from smsc.messaging.result_writer import ResultWriter
from smsc.messaging.sending import dispatch
from smsc.messaging.sending.dispatch import Claim, QueueCursor
from smsc.messaging.sending.responses import Answer
from tests.integration.conftest import OWNER, House
from tests.integration.messaging.test_bulks import claim, people, send


@pytest.fixture(autouse=True)
def _endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may wait does so for good here, unless something ends it."""
    monkeypatch.setattr(recorder, "PACE_SECONDS", 3600.0)


@contextlib.asynccontextmanager
async def writing(house: House) -> AsyncIterator[Recorder]:
    writer = Recorder(ResultWriter(house.database, house.directory, house.bells))
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def answer(house: House, one: Claim) -> Answer:
    return Answer(
        house.connector_sid,
        one.message_sid,
        one.number,
        house.lease.epoch,
        0,
        f"id-{one.message_sid}",
        one.queued_at,
        in_bulk=one.in_bulk,
        to=one.to if one.in_bulk else None,
        key_id=one.key_id,
    )


async def test_an_answer_that_may_not_wait_takes_those_that_do_along(house: House) -> None:
    await send(house, people(1))
    alone = await house.accept()
    (of_bulk,) = await claim(house, 1)
    (urgent,) = await dispatch.claim(house.database, house.lease, OWNER, QueueCursor(), 10)
    async with writing(house) as writer:
        writer.add([answer(house, of_bulk)], may_wait=True)
        await asyncio.sleep(0)
        assert await house.status(alone.sid) == "queued"
        writer.add([answer(house, urgent)])
        await writer.drain()
    # One transaction: it has one `now()`.
    assert await house.rows("SELECT count(*), count(DISTINCT sent_at) FROM messages") == [(2, 1)]


async def test_a_pump_that_can_not_go_on_has_all_of_it_written(house: House) -> None:
    await send(house, people(2))
    first, second = await claim(house, 2)
    async with writing(house) as writer:
        writer.add([answer(house, first)], may_wait=True)
        writer.add([answer(house, second)], may_wait=True)
        writer.hurry()
        await writer.drain()
    assert await house.rows("SELECT count(*), count(DISTINCT sent_at) FROM messages") == [(2, 1)]
