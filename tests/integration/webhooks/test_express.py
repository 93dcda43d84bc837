"""The short way of callbacks ends as the full way does, wherever it stops being short."""

import asyncio
from collections.abc import Callable

from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import Failure, WebhookOutcome, WebhookRequest
from tests.integration.webhooks.web_server import (
    Received,
    by_path,
    eventually,
    raw,
    respond,
    serve,
    silence,
)

Asked = Callable[..., WebhookRequest]
TOKEN = "i-twilio-idempotency-token"


async def send(client: WebhookClient, *requests: WebhookRequest) -> list[WebhookOutcome]:
    """Send these at once; return their outcomes in the order in which they came."""
    outcomes: list[WebhookOutcome | None] = []
    for request in requests:
        client.express.send(request, outcomes.append)
    await eventually(lambda: len(outcomes) == len(requests), 15)
    assert None not in outcomes
    return [outcome for outcome in outcomes if outcome is not None]


def callback(asked: Asked, url: str, **facts: object) -> WebhookRequest:
    return asked(url, reads_body=False, **facts)


async def test_callbacks_of_a_host_share_its_connections(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond()) as server:
        requests = [
            callback(asked, server.url(), idempotency_token=f"SM{n}.sent") for n in range(100)
        ]
        outcomes = await send(client, *requests)
        assert {outcome.status for outcome in outcomes} == {200}
        assert sorted(r.headers[TOKEN] for r in server.requests) == sorted(
            request.idempotency_token for request in requests
        )
        assert server.connections == 16
        assert client._pool.idle_count == 16


async def test_a_kept_connection_s_request_is_that_of_the_full_way(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond()) as server:
        request = callback(asked, server.url("/status?ref=7"))
        await client.fetch(request)
        await send(client, request)
        first, second = server.requests
    assert (second.method, second.path) == (first.method, first.path)
    assert (second.headers, second.body) == (first.headers, first.body)
    assert second.connection == first.connection


async def test_an_error_on_a_kept_connection_is_one_failed_try(
    client: WebhookClient, asked: Asked
) -> None:
    answers = by_path({"/": respond(), "/oops": respond("500 Oops")})
    async with serve(answers) as server:
        await send(client, callback(asked, server.url()))
        (outcome,) = await send(client, callback(asked, server.url("/oops")))
        assert len(server.requests) == 2
    assert (outcome.failure, outcome.status, outcome.tries) == (Failure.STATUS, 500, 1)


async def test_a_redirect_on_a_kept_connection_is_followed(
    client: WebhookClient, asked: Asked
) -> None:
    answers = by_path(
        {"/": respond(), "/old": respond("307 Moved", headers={"Location": "/new"})}
        | {"/new": respond("204 No Content")}
    )
    async with serve(answers) as server:
        await send(client, callback(asked, server.url()))
        (outcome,) = await send(client, callback(asked, server.url("/old")))
        assert [received.path for received in server.requests] == ["/", "/old", "/new"]
        assert outcome.url == server.url("/new")
    assert (outcome.failure, outcome.status, outcome.tries) == (None, 204, 1)


async def test_a_kept_connection_that_dies_unanswered_is_no_try(
    client: WebhookClient, asked: Asked
) -> None:
    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.order == 2:
            writer.transport.abort()
        else:
            await respond()(received, writer)

    async with serve(answer) as server:
        for _ in range(2):
            (outcome,) = await send(client, callback(asked, server.url()))
            assert (outcome.failure, outcome.tries) == (None, 1)
        assert [received.connection for received in server.requests] == [1, 1, 2]


async def test_a_broken_answer_on_a_kept_connection_is_a_failure(
    client: WebhookClient, asked: Asked
) -> None:
    answers = by_path({"/": respond(), "/cut": raw(b"HTTP/1.1 200 OK\r\nContent-", then="reset")})
    async with serve(answers) as server:
        await send(client, callback(asked, server.url()))
        (outcome,) = await send(client, callback(asked, server.url("/cut")))
        assert len(server.requests) == 2
    assert (outcome.failure, outcome.tries) == (Failure.CONNECTION_LOST, 1)


async def test_overrides_of_the_url_hold(client: WebhookClient, asked: Asked) -> None:
    answers = by_path({"/": respond(), "/oops": respond("500 Oops")})
    async with serve(answers) as server:
        await send(client, callback(asked, server.url()))
        (outcome,) = await send(client, callback(asked, server.url("/oops#rc=2&rp=5xx")))
        assert len(server.requests) == 4
    assert (outcome.failure, outcome.tries) == (Failure.STATUS, 3)


async def test_an_unusable_url_is_an_outcome(client: WebhookClient, asked: Asked) -> None:
    (outcome,) = await send(client, callback(asked, "ftp://example.org/"))
    assert outcome.failure is Failure.INVALID_URL


async def test_who_waits_too_long_in_line_is_told_that_the_host_is_busy(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1, wait_seconds=0.05)
    async with serve(silence) as server:
        url = server.url("/#tt=300")
        first, second = await send(client, callback(asked, url), callback(asked, url))
        assert len(server.requests) == 1
    assert [outcome.failure is Failure.BUSY for outcome in (first, second)].count(True) == 1
    await client.aclose()


async def test_what_breaks_us_holds_up_nobody_in_line(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1)
    outcomes: list[WebhookOutcome | None] = []
    async with serve(respond()) as server:
        await send(client, callback(asked, server.url()))  # now a connection is kept
        broken = callback(asked, server.url(), form=None)
        client.express.send(broken, outcomes.append)
        client.express.send(callback(asked, server.url()), outcomes.append)
        await eventually(lambda: len(outcomes) == 2)
    first, second = outcomes
    assert first is None
    assert second is not None
    assert second.status == 200
    await client.aclose()


async def test_a_drained_line_sends_no_more_and_lets_what_is_under_way_end(asked: Asked) -> None:
    client = WebhookClient(allow_private=True, connections_per_host=1)
    asked_for, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        asked_for.set()
        await may_answer.wait()
        await respond()(received, writer)

    outcomes: list[WebhookOutcome | None] = []
    async with serve(answer) as server:
        for _ in range(2):
            client.express.send(callback(asked, server.url()), outcomes.append)
        await asyncio.wait_for(asked_for.wait(), 10)
        draining = asyncio.create_task(client.express.drain())
        asyncio.get_running_loop().call_later(0.05, may_answer.set)
        await asyncio.wait_for(draining, 10)
        await eventually(lambda: len(outcomes) == 1)
        assert len(server.requests) == 1
    await client.aclose()
