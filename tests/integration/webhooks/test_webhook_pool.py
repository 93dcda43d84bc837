"""Connections that are kept, shared, limited, and found dead."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from smsc.webhooks.client import WebhookClient, pool
from smsc.webhooks.client.resolver import ThreadResolver
from smsc.webhooks.outcome import Failure, WebhookRequest
from tests.integration.webhooks.web_server import (
    Answer,
    Received,
    eventually,
    raw,
    respond,
    serve,
    silence,
)

Asked = Callable[..., WebhookRequest]


class Gate:
    """An answer that is held back until the test opens it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def __call__(self, received: Received, writer: asyncio.StreamWriter) -> None:
        await self.opened.wait()
        await respond()(received, writer)


@pytest.fixture
async def narrow() -> AsyncIterator[WebhookClient]:
    """Make a client with two connections a host and three in all."""
    made = WebhookClient(allow_private=True, connections_per_host=2, connections=3)
    yield made
    await made.aclose()


async def test_requests_in_turn_share_one_connection(client: WebhookClient, asked: Asked) -> None:
    async with serve(respond(body=b"x")) as server:
        for _ in range(5):
            assert (await client.fetch(asked(server.url()))).failure is None
        assert server.connections == 1
        assert len(server.requests) == 5


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        raw(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"),
        respond(body=b"x" * 70_000),
    ],
    ids=["connection: close", "1.0", "answers to nothing", "rest unread"],
)
async def test_a_connection_in_doubt_is_not_used_again(
    client: WebhookClient, asked: Asked, answer: Answer
) -> None:
    async with serve(answer) as server:
        for _ in range(2):
            outcome = await client.fetch(asked(server.url(), reads_body=False))
            assert outcome.failure is None
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_while_idle_is_left(
    client: WebhookClient, asked: Asked
) -> None:
    octets = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with serve(raw(octets, then="close")) as server:
        await client.fetch(asked(server.url()))
        await eventually(lambda: client._pool.slots_taken == 0)
        outcome = await client.fetch(asked(server.url()))
        assert server.connections == 2
    assert (outcome.failure, outcome.tries) == (None, 1)


async def test_a_kept_connection_that_dies_unanswered_is_replaced_within_the_try(
    client: WebhookClient, asked: Asked
) -> None:
    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.order == 2:
            writer.transport.abort()
        else:
            await respond()(received, writer)

    async with serve(answer) as server:
        await client.fetch(asked(server.url()))
        outcome = await client.fetch(asked(server.url("/#rc=0")))
        first, second, third = server.requests
        assert (first.connection, second.connection, third.connection) == (1, 1, 2)
        token = "i-twilio-idempotency-token"
        assert second.headers[token] == third.headers[token]
    assert (outcome.failure, outcome.tries) == (None, 1)


async def test_a_fresh_connection_that_dies_unanswered_is_a_failure(
    client: WebhookClient, asked: Asked
) -> None:
    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.order == 1:
            await respond()(received, writer)
        else:
            writer.transport.abort()

    async with serve(answer) as server:
        await client.fetch(asked(server.url()))
        outcome = await client.fetch(asked(server.url()))
        assert len(server.requests) == 3  # the kept connection, one fresh, and no more
    assert outcome.failure is Failure.CONNECTION_LOST


async def test_a_host_gets_no_more_connections_than_the_limit(
    narrow: WebhookClient, asked: Asked
) -> None:
    gate = Gate()
    async with serve(gate) as server:
        fetches = [
            asyncio.create_task(narrow.fetch(asked(server.url(f"/{number}"))))
            for number in range(8)
        ]
        await eventually(lambda: len(server.requests) == 2)
        gate.opened.set()
        outcomes = await asyncio.gather(*fetches)
        assert server.most_open == 2
        assert [r.path for r in server.requests] == [f"/{number}" for number in range(8)]
    assert {outcome.failure for outcome in outcomes} == {None}


async def test_a_host_without_a_connection_goes_before_those_that_have_some(
    narrow: WebhookClient, asked: Asked
) -> None:
    gate = Gate()
    async with serve(gate) as one, serve(gate) as two, serve(respond()) as starved:
        busy = [
            asyncio.create_task(narrow.fetch(asked(server.url(f"/{number}"))))
            for number in range(20)
            for server in (one, two)
        ]
        await eventually(lambda: len(one.requests) + len(two.requests) == 3)
        late = asyncio.create_task(narrow.fetch(asked(starved.url())))
        await eventually(lambda: len(narrow._pool._starved) > 0)
        gate.opened.set()
        assert (await late).failure is None
        assert len(one.requests) + len(two.requests) < 40
        assert {outcome.failure for outcome in await asyncio.gather(*busy)} == {None}
    assert narrow._pool.slots_taken <= 3


async def test_idle_connections_make_room_for_another_host(
    narrow: WebhookClient, asked: Asked
) -> None:
    async with (
        serve(respond()) as a,
        serve(respond()) as b,
        serve(respond()) as c,
        serve(respond()) as d,
    ):
        for server in (a, b, c, d, a):
            assert (await narrow.fetch(asked(server.url()))).failure is None
        assert narrow._pool.slots_taken == 3
        assert a.connections == 2


async def test_a_cancelled_fetch_gives_its_place_back(narrow: WebhookClient, asked: Asked) -> None:
    async with serve(silence) as server:
        fetches = [asyncio.create_task(narrow.fetch(asked(server.url()))) for _ in range(5)]
        await eventually(lambda: len(server.requests) == 2)
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)
    assert narrow._pool.slots_taken == 0
    assert not narrow._pool._hosts


async def test_one_that_is_cancelled_as_its_turn_comes_passes_it_on(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1)
    origin = ("http", "127.0.0.1", 1)
    slots = client._pool
    assert await slots.take(origin) is None
    second = asyncio.create_task(slots.take(origin))
    third = asyncio.create_task(slots.take(origin))
    await eventually(lambda: len(slots._hosts[origin].waiters) == 2)
    slots.drop(origin, None)
    second.cancel()
    assert await third is None
    assert slots.slots_taken == 1
    slots.drop(origin, None)
    assert slots.slots_taken == 0
    await client.aclose()


async def test_who_waits_too_long_is_told_that_the_host_is_busy(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1, wait_seconds=0.05)
    async with serve(silence) as server:
        holder = asyncio.create_task(client.fetch(asked(server.url())))
        await eventually(lambda: len(server.requests) == 1)
        outcome = await client.fetch(asked(server.url()))
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)
    await client.aclose()
    assert (outcome.failure, outcome.tries) == (Failure.BUSY, 1)


async def test_waiting_for_a_connection_does_not_use_up_the_timeouts(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1)
    gate = Gate()
    async with serve(gate) as server:
        holder = asyncio.create_task(client.fetch(asked(server.url())))
        await eventually(lambda: len(server.requests) == 1)
        waiting = asyncio.create_task(client.fetch(asked(server.url("/#tt=100&rt=100"))))
        begun = asyncio.get_running_loop().time()
        await eventually(lambda: asyncio.get_running_loop().time() - begun > 0.2)
        gate.opened.set()
        assert (await waiting).failure is None
        await holder
    await client.aclose()


async def test_a_kept_connection_is_not_looked_up_again(
    asked: Asked,
) -> None:
    lookups: list[str] = []

    async def resolver(host: str, _port: int) -> Sequence[str]:
        lookups.append(host)
        return ["127.0.0.1"]

    client = WebhookClient(resolver=resolver, allow_private=True)
    async with serve(respond()) as server:
        url = server.url("/", host="one.example")
        for _ in range(3):
            await client.fetch(asked(url))
    await client.aclose()
    assert lookups == ["one.example"]


async def test_idle_connections_are_closed_after_a_while(
    monkeypatch: pytest.MonkeyPatch, client: WebhookClient, asked: Asked
) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.02)
    async with serve(respond()) as server:
        await client.fetch(asked(server.url()))
        assert client._pool.idle_count == 1
        await eventually(lambda: client._pool.slots_taken == 0)
        await eventually(lambda: server.open_now == 0)
    assert not client._pool._hosts


async def test_an_old_connection_is_opened_anew_so_that_its_address_is_checked_again(
    monkeypatch: pytest.MonkeyPatch, client: WebhookClient, asked: Asked
) -> None:
    monkeypatch.setattr(pool, "AGE_SECONDS", -1.0)
    async with serve(respond()) as server:
        for _ in range(3):
            assert (await client.fetch(asked(server.url()))).failure is None
        assert server.connections == 3
    assert client._pool.slots_taken == 1


async def test_simultaneous_questions_for_a_host_share_one_look_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    questions: list[str] = []

    def slow(host: str, port: int, **_facts: object) -> list[object]:
        questions.append(host)
        answered.wait(5)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 2

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    resolver = ThreadResolver()
    asking = [asyncio.create_task(_ask(resolver)) for _ in range(5)]
    await eventually(lambda: len(questions) == 1)
    asking[0].cancel()
    answered.set()
    answers = await asyncio.gather(*asking[1:])
    resolver.close()
    assert answers == [["127.0.0.1"]] * 4
    assert questions == ["one.example"]


async def _ask(resolver: ThreadResolver) -> list[str]:
    return list(await resolver("one.example", 80))
