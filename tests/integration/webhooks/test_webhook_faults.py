"""What the outside world does wrong, as outcomes."""

import asyncio
import socket
from collections.abc import Callable, Sequence

import pytest

from smsc.networks import read_networks
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import Failure, WebhookRequest
from smsc.webhooks.overrides import Overrides
from tests.integration.webhooks.web_server import (
    Answer,
    Received,
    by_path,
    raw,
    respond,
    serve,
    silence,
)

Asked = Callable[..., WebhookRequest]


async def trickle(_received: Received, writer: asyncio.StreamWriter) -> None:
    """Send an octet often enough to never be silent, and never come to an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "fragment", "failure", "code"),
    [
        (silence, "rt=100", Failure.READ_TIMED_OUT, 11200),
        (silence, "tt=100", Failure.READ_TIMED_OUT, 11200),
        (trickle, "tt=300&rt=200", Failure.TOTAL_TIMED_OUT, 11200),
        (raw(b"", then="reset"), "", Failure.CONNECTION_LOST, 11206),
        (raw(b"", then="close"), "", Failure.CONNECTION_LOST, 11206),
        (raw(b"HTTP/1.1 200 O", then="close"), "", Failure.CONNECTION_LOST, 11206),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", then="close"),
            "",
            Failure.CONNECTION_LOST,
            11206,
        ),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "", Failure.PROTOCOL, 11206),
        (
            raw(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
            "",
            Failure.PROTOCOL,
            11206,
        ),
        (raw(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 400_000), "", Failure.PROTOCOL, 11206),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 60_000), "", Failure.PROTOCOL, 11206),
        (
            raw(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " + b"x" * 2_000_000
            ),
            "",
            Failure.PROTOCOL,
            11206,
        ),
        (
            raw(
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"0\r\n\r\n"
            ),
            "",
            Failure.PROTOCOL,
            11206,
        ),
        (
            respond("302 Found", headers={"Location": "ftp://example.org/"}),
            "",
            Failure.INVALID_URL,
            11100,
        ),
    ],
    ids=[
        "silent",
        "silent for the whole time",
        "trickling",
        "reset",
        "closed",
        "closed in the status line",
        "closed in the body",
        "no http",
        "upgrade",
        "endless header",
        "endless interim answers",
        "endless trailer",
        "two lengths",
        "redirect out of http",
    ],
)
async def test_a_bad_answer_is_an_outcome(
    client: WebhookClient, asked: Asked, answer: Answer, fragment: str, failure: Failure, code: int
) -> None:
    async with serve(answer) as server:
        outcome = await client.fetch(asked(server.url("/#rc=0&" + fragment)))
        assert len(server.requests) == 1
    assert (outcome.failure, outcome.error_code) == (failure, code)
    assert outcome.error
    assert outcome.tries == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.org/", 11100),
        ("http://", 11100),
        ("/relative", 11100),
        ("http://a\r\nX: y/", 11100),
        ("http://nowhere.invalid/", 11210),
    ],
)
async def test_an_unusable_url_is_an_outcome(asked: Asked, url: str, code: int) -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    client = WebhookClient(resolver=resolver)
    outcome = await client.fetch(asked(url))
    await client.aclose()
    assert outcome.error_code == code


async def test_a_refused_connection_is_tried_once_more(client: WebhookClient, asked: Asked) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        outcome = await client.fetch(asked(f"http://127.0.0.1:{bound.getsockname()[1]}/"))
    assert (outcome.failure, outcome.error_code) == (Failure.UNCONNECTED, 11205)
    assert outcome.tries == 2
    assert outcome.earlier[0].failure is Failure.UNCONNECTED


async def test_a_silent_resolver_ends_with_the_connect_timeout(asked: Asked) -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    client = WebhookClient(resolver=resolver, defaults=Overrides(retry_count=0))
    outcome = await client.fetch(asked("http://example.org/#ct=100"))
    await client.aclose()
    assert outcome.failure is Failure.CONNECT_TIMED_OUT


async def test_the_next_address_is_tried_when_one_refuses(asked: Asked) -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    client = WebhookClient(resolver=resolver, allow_private=True)
    async with serve(respond()) as server:
        outcome = await client.fetch(asked(server.url("/", host="two.example")))
        assert server.requests[0].headers["host"] == f"two.example:{server.port}"
    await client.aclose()
    assert (outcome.failure, outcome.tries) == (None, 1)


async def test_overrides_make_a_server_error_retried(client: WebhookClient, asked: Asked) -> None:
    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        status = "503 Busy" if received.order < 3 else "200 OK"
        await respond(status)(received, writer)

    async with serve(answer) as server:
        outcome = await client.fetch(asked(server.url("/#rc=3&rp=5xx")))
        tokens = {r.headers["i-twilio-idempotency-token"] for r in server.requests}
    assert (outcome.failure, outcome.tries) == (None, 3)
    assert [try_.status for try_ in outcome.earlier] == [503, 503]
    assert len(tokens) == 1


async def test_unusable_overrides_are_told_and_not_obeyed(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond()) as server:
        outcome = await client.fetch(asked(server.url("/#rp=sometimes")))
    assert outcome.failure is None
    assert outcome.warning is not None
    assert outcome.warning[0] == 11243


PRIVATE_URLS = (
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::]:{port}/",
    "http://[::1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
)


@pytest.mark.parametrize("url", PRIVATE_URLS)
async def test_the_loopback_is_out_of_reach_by_any_name(asked: Asked, url: str) -> None:
    client = WebhookClient()
    async with serve(respond()) as server:
        outcome = await client.fetch(asked(url.format(port=server.port)))
        assert server.connections == 0
    await client.aclose()
    assert outcome.failure is Failure.ADDRESS_REFUSED
    assert (outcome.error_code, outcome.tries) == (11205, 1)


async def test_of_private_networks_those_that_the_operator_names_are_reached(asked: Asked) -> None:
    client = WebhookClient(allowed=read_networks(("127.0.0.0/30",)))
    async with serve(respond()) as server:
        reached = await client.fetch(asked(server.url("/")))
        elsewhere = await client.fetch(asked(f"http://127.0.0.9:{server.port}/"))
    await client.aclose()
    assert (reached.failure, elsewhere.failure) == (None, Failure.ADDRESS_REFUSED)


async def test_a_name_is_resolved_once_a_connection_and_the_answer_is_what_is_dialled(
    asked: Asked,
) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    client = WebhookClient(resolver=rebinding, allow_private=True)
    async with serve(raw(b"HTTP/1.0 200 OK\r\n\r\n", then="close")) as server:
        url = server.url("/", host="rebind.example")
        first = await client.fetch(asked(url))
        second = await client.fetch(asked(url))
        assert server.connections == 1
    await client.aclose()
    assert first.failure is None
    assert second.failure is Failure.ADDRESS_REFUSED


async def test_a_redirect_is_checked_as_the_first_url_is(asked: Asked) -> None:
    async def resolver(host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "home.example" else ["169.254.169.254"]

    client = WebhookClient(resolver=resolver, allow_private=True)
    answers = {"/": respond("307 T", headers={"Location": "http://metadata.example/latest"})}
    async with serve(by_path(answers)) as server:
        outcome = await client.fetch(asked(server.url("/", host="home.example")))
    await client.aclose()
    assert outcome.failure is Failure.ADDRESS_REFUSED
