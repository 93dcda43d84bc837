"""The gateway against a simulated SIM box: bound, pumped, answered, taken over."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smsc import sids
from smsc.db import Database
from smsc.messaging import processes
from smsc.messaging.sending import leases, tending
from smsc.messaging.sending.tending import Tended
from smsc.simulator.behaviour import Behaviour
from smsc.simulator.simbox import SimBox
from tests.integration.conftest import HANDSET, NUMBER, House
from tests.integration.smpp import certificates
from workers.gateway import Gateway
from workers.glances import Glances

PATIENCE = 15.0


async def until(claim: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await claim():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(
    house: House, redis_url: str, glances: Glances | None = None
) -> AsyncIterator[Gateway]:
    """A gateway process of its own name, in this event loop."""
    sid = sids.make(sids.Prefix.PROCESS)
    await processes.beat(house.database, sid, "gateway")
    gateway = Gateway(
        sid, house.database, house.directory, house.bells, house.vault, redis_url, glances=glances
    )
    task = asyncio.create_task(gateway.run())
    try:
        yield gateway
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await processes.leave(house.database, sid)


async def point_at(house: House, box: SimBox, **changes: object) -> None:
    """Free the connector of the fixture's lease and let it lead to the box."""
    assignments = "".join(f", {column} = ${n}" for n, column in enumerate(changes, start=2))
    async with house.database.begin() as connection:
        await connection.execute(
            f"UPDATE connectors SET port = $1{assignments}", box.port, *changes.values()
        )
        await connection.execute("UPDATE connector_leases SET owner = NULL, expires_at = now()")


async def has_status(house: House, sid: str, status: str) -> bool:
    return await house.status(sid) == status


@pytest.fixture
async def box() -> AsyncIterator[SimBox]:
    async with SimBox(Behaviour()) as box:
        yield box


async def test_a_message_reaches_the_handset_and_its_receipt_comes_back(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    message = await house.accept(body="Ünïcödé ж")
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "delivered"))
    (received,) = await box.handset(HANDSET).wait_for(1)
    assert received.text == "Ünïcödé ж"


async def test_sixteen_hundred_characters_arrive_whole(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    body = "0123456789" * 160
    message = await house.accept(body=body)
    async with running(house, redis_url):
        await until(lambda: has_status(house, message.sid, "delivered"))
    assert message.num_segments == 11
    (received,) = await box.handset(HANDSET).wait_for(1)
    assert received.text == body


async def test_a_handset_reaches_the_account_with_a_long_text(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    text = "ж" * 200
    async with running(house, redis_url):
        await box.handset(HANDSET).send(NUMBER, text)
    assert await house.rows(
        "SELECT direction, status, from_, to_, body, num_segments FROM messages"
    ) == [("inbound", "received", HANDSET, NUMBER, text, 3)]
    assert await house.rows("SELECT event, url FROM webhooks") == [
        ("received", "http://127.0.0.1/sms")
    ]


async def test_a_message_to_a_number_of_nobody_is_quarantined_and_answered(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    async with running(house, redis_url):
        sent = await box.handset(HANDSET).send("+15555550199", "who are you?")
    assert sent.is_acknowledged
    assert await house.value("SELECT pdu FROM quarantine") == b"who are you?"


async def test_the_window_is_never_exceeded(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour(response_delay=timedelta(milliseconds=20))) as box:
        await point_at(house, box, window_size=3)
        handsets = [f"+85512340{number:03}" for number in range(100, 130)]
        messages = [await house.accept(to=one, body=one[-3:]) for one in handsets]
        most = 0
        async with running(house, redis_url) as gateway:

            async def all_sent() -> bool:
                nonlocal most
                most = max([most, *(runner.window_in_use for runner in gateway.runners)])
                return await house.value("SELECT count(*) FROM segments") == len(messages)

            await until(all_sent)
    assert most == 3
    received = [submit.pdu.message_octets.decode() for submit in box.submits]
    assert received == [one[-3:] for one in handsets]


async def test_a_second_process_takes_over_what_the_first_let_go(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    async with running(house, redis_url):
        first = await house.accept(body="first")
        await until(lambda: has_status(house, first.sid, "delivered"))
    async with running(house, redis_url):
        second = await house.accept(body="second")
        await until(lambda: has_status(house, second.sid, "delivered"))
    assert await house.value("SELECT epoch FROM connector_leases") == 3


async def test_a_changed_connector_is_bound_anew_and_a_paused_one_unbound(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    async with running(house, redis_url) as gateway:

        async def binds_as(system_id: str) -> bool:
            return [session.system_id for session in box.sessions] == [system_id]

        await until(lambda: binds_as("user"))
        async with house.database.single() as connection:
            await connection.execute("UPDATE connectors SET system_id = 'other'")
        gateway.changed()
        await until(lambda: binds_as("other"))
        async with house.database.single() as connection:
            await connection.execute("UPDATE connectors SET paused = true")
        gateway.changed()

        async def is_unbound() -> bool:
            return not box.sessions

        await until(is_unbound)
        await until(lambda: has_state(house, "unowned", "paused"))


async def test_a_tick_while_a_connector_leaves_does_not_end_the_process(
    house: House, redis_url: str, box: SimBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = asyncio.Semaphore(0)
    really_tend, release = tending.tend, leases.release

    async def tend(database: Database, owner: str) -> Tended:
        ticks.release()
        return await really_tend(database, owner)

    async def release_slowly(database: Database, owner: str, sids: list[str], why: str) -> None:
        monkeypatch.setattr(leases, "release", release)
        while not ticks.locked():  # what came before
            await ticks.acquire()
        for _ in range(2):  # the second finds what the first left: its tasks are over
            gateway.changed()
            await ticks.acquire()
        await release(database, owner, sids, why)

    monkeypatch.setattr(tending, "tend", tend)
    monkeypatch.setattr(leases, "release", release_slowly)
    await point_at(house, box)
    async with running(house, redis_url) as gateway:
        await until(lambda: has_state(house, "bound", "bound to simbox"))
        await house.value("UPDATE connectors SET paused = true")
        gateway.changed()
        await until(lambda: has_state(house, "unowned", "paused"))
        await house.value("UPDATE connectors SET paused = false")
        gateway.changed()
        await until(lambda: has_state(house, "bound", "bound to simbox"))


async def has_state(house: House, state: str, reason: str) -> bool:
    return await house.rows("SELECT state, reason FROM connector_leases") == [(state, reason)]


async def test_a_throttled_bind_sends_all_in_the_end(house: House, redis_url: str) -> None:
    async with SimBox(Behaviour(throughput=20)) as box:
        await point_at(house, box)
        messages = [await house.accept(body=str(number)) for number in range(30)]
        async with running(house, redis_url):

            async def all_sent() -> bool:
                return await house.value("SELECT count(*) FROM segments") == len(messages)

            await until(all_sent)
    assert await house.value("SELECT count(*) FROM segments WHERE command_status = 0") == 30


async def test_a_part_with_nul_is_kept_with_its_place_marked_and_answered_once(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    async with running(house, redis_url):
        sent = await box.handset(HANDSET).send(NUMBER, "before\x00after ж")
    assert list(sent.command_statuses) == [0]
    assert await house.value("SELECT body FROM messages") == "before\ufffdafter ж"


async def test_a_row_committed_behind_the_cursor_leaves_while_others_keep_coming(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    async with running(house, redis_url):
        first = await house.accept(body="first")
        await until(lambda: has_status(house, first.sid, "delivered"))
        late = await house.accept(body="late", to="+85512345679")
        async with house.database.single() as connection:
            await connection.execute(
                "UPDATE queue SET queued_at = queued_at - interval '1 hour' WHERE message_sid = $1",
                late.sid,
            )
        for number in range(20):
            await house.accept(body=str(number))
        await until(lambda: has_status(house, late.sid, "delivered"))


async def test_a_connector_over_tls_delivers_and_says_why_it_can_not(
    house: House, redis_url: str, tmp_path: Path
) -> None:
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    context = certificates.server_context(tmp_path)
    async with SimBox(Behaviour(), ssl_context=context) as box:
        await point_at(house, box, tls=True)
        message = await house.accept()
        async with running(house, redis_url) as gateway:

            async def is_refused() -> bool:
                reason = await house.value("SELECT reason FROM connector_leases")
                return "certificate is refused" in str(reason)

            await until(is_refused)
            async with house.database.single() as connection:
                await connection.execute("UPDATE connectors SET tls_ca = $1", authority)
            gateway.changed()
            await until(lambda: has_status(house, message.sid, "delivered"))


async def test_a_gateway_whose_process_looks_anyway_sees_what_no_bell_announced(
    house: House, redis_url: str, box: SimBox
) -> None:
    await point_at(house, box)
    message = await house.accept()
    await house.value("UPDATE queue SET not_before = now() + interval '1 hour'")
    async with running(house, redis_url, glances=Glances(house.database)):
        await until(lambda: has_state(house, "bound", "bound to simbox"))
        assert await house.status(message.sid) == "queued"
        await house.value("UPDATE queue SET not_before = NULL")
        await until(lambda: has_status(house, message.sid, "delivered"))
