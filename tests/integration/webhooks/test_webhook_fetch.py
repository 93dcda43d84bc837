"""A request, its answer, and the redirects between them."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import Failure, Method, WebhookRequest
from smsc.webhooks.payload import form_of
from tests.integration.webhooks.web_server import (
    Received,
    WebServer,
    by_path,
    raw,
    respond,
    serve,
)

Asked = Callable[..., WebhookRequest]
validator = RequestValidator("token")


def is_signed(server: WebServer, received: Received) -> bool:
    return bool(
        validator.validate(
            server.url(received.path),
            dict(parse_qsl(received.body.decode(), keep_blank_values=True)),
            received.headers["x-twilio-signature"],
        )
    )


async def test_a_post_carries_a_signed_form(client: WebhookClient, asked: Asked) -> None:
    async with serve(respond(body=b"<Response/>", headers={"Content-Type": "text/xml"})) as server:
        outcome = await client.fetch(asked(server.url("/sms?a=b%20c#rc=0")))
        (received,) = server.requests
    assert outcome.failure is None
    assert (outcome.status, outcome.content_type) == (200, "text/xml")
    assert (outcome.body, outcome.tries) == (b"<Response/>", 1)
    assert received.method == "POST"
    assert received.path == "/sms?a=b%20c"
    assert parse_qsl(received.body.decode()) == [("MessageSid", "SM1"), ("Body", "grüße + more")]
    assert is_signed(server, received)
    assert received.headers["host"] == f"127.0.0.1:{server.port}"
    assert received.headers["user-agent"] == "TwilioProxy/1.1"
    assert received.headers["accept"] == "*/*"
    assert received.headers["accept-encoding"] == "identity"
    assert received.headers["i-twilio-idempotency-token"] == "SM1:delivered"
    assert received.headers["content-type"].startswith("application/x-www-form-urlencoded")


async def test_a_get_carries_its_parameters_in_the_signed_query(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond()) as server:
        await client.fetch(asked(server.url("/sms?a=b"), method=Method.GET))
        (received,) = server.requests
    assert received.method == "GET"
    assert received.body == b""
    assert received.path == "/sms?a=b&MessageSid=SM1&Body=gr%C3%BC%C3%9Fe+%2B+more"
    assert is_signed(server, received)


async def test_user_and_password_of_the_url_become_basic_authentication(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond()) as server:
        url = server.url("/sms").replace("127.0.0.1", "user:p%40ss@127.0.0.1")
        await client.fetch(asked(url))
        (received,) = server.requests
    assert received.headers["authorization"] == "Basic dXNlcjpwQHNz"
    assert received.headers["host"] == f"127.0.0.1:{server.port}"
    assert is_signed(server, received)


async def test_proxies_of_the_environment_are_not_used(
    client: WebhookClient, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    async with serve(respond()) as server:
        assert (await client.fetch(asked(server.url()))).failure is None


@pytest.mark.parametrize(
    ("octets", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", b"a"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", b"a"),
    ],
    ids=["chunked", "continue", "early hints", "no length", "connection: close"],
)
async def test_every_framing_of_an_answer_is_read(
    client: WebhookClient, asked: Asked, octets: bytes, body: bytes
) -> None:
    async with serve(raw(octets, then="close")) as server:
        outcome = await client.fetch(asked(server.url()))
    assert outcome.error is None
    assert outcome.body == body
    assert outcome.status in {200, 204}


@pytest.mark.parametrize(
    ("status", "method"),
    [("301 M", "GET"), ("302 F", "GET"), ("303 S", "GET"), ("307 T", "POST"), ("308 P", "POST")],
)
async def test_a_redirect_keeps_or_changes_the_method(
    client: WebhookClient, asked: Asked, status: str, method: str
) -> None:
    answers = {
        "/old": respond(status, headers={"Location": "new/sms?x=1"}),
        "/new/sms": respond(body=b"there"),
    }
    async with serve(by_path(answers)) as server:
        outcome = await client.fetch(asked(server.url("/old")))
        last = server.requests[-1]
        assert outcome.url == server.url("/new/sms?x=1")
    assert outcome.body == b"there"
    assert last.method == method
    assert bool(last.body) == (method == "POST")
    assert is_signed(server, last)
    assert server.connections == 1


async def test_a_circle_of_redirects_ends(client: WebhookClient, asked: Asked) -> None:
    answers = {
        "/a": respond("302 Found", headers={"Location": "/b"}),
        "/b": respond("302 Found", headers={"Location": "/a"}),
    }
    async with serve(by_path(answers)) as server:
        outcome = await client.fetch(asked(server.url("/a"), method=Method.GET, form=form_of([])))
        assert len(server.requests) == 2
    assert (outcome.failure, outcome.error_code) == (Failure.REDIRECTS, 11215)


async def test_ten_redirects_are_followed_and_no_more(client: WebhookClient, asked: Asked) -> None:
    answers = {
        f"/{hop}": respond("307 Temporary Redirect", headers={"Location": f"/{hop + 1}"})
        for hop in range(11)
    } | {"/11": respond()}
    async with serve(by_path(answers)) as server:
        assert (await client.fetch(asked(server.url("/1")))).failure is None
        outcome = await client.fetch(asked(server.url("/0")))
    assert outcome.error_code == 11215


async def test_a_redirect_with_a_cookie_may_lead_to_the_same_place(
    client: WebhookClient, asked: Asked
) -> None:
    first = respond("302 Found", headers={"Location": "/", "Set-Cookie": "seen=1; HttpOnly"})

    async def answer(received: Received, writer: object) -> None:
        chosen = respond(body=b"in") if "cookie" in received.headers else first
        await chosen(received, writer)  # type: ignore[arg-type] # it is passed through

    async with serve(answer) as server:
        outcome = await client.fetch(asked(server.url(), method=Method.GET, form=form_of([])))
    assert outcome.body == b"in"
    assert outcome.cookies == {"seen": "1"}


async def test_cookies_and_passwords_stay_with_their_origin(
    client: WebhookClient, asked: Asked
) -> None:
    async with (
        serve(respond(headers={"Set-Cookie": "other=1"})) as elsewhere,
        serve(respond("307 T", headers={"Location": elsewhere.url("/x")})) as home,
    ):
        url = home.url("/").replace("127.0.0.1", "u:p@127.0.0.1")
        outcome = await client.fetch(asked(url, cookies={"a": "b"}))
    assert home.requests[0].headers["cookie"] == "a=b"
    assert "cookie" not in elsewhere.requests[0].headers
    assert "authorization" not in elsewhere.requests[0].headers
    assert outcome.cookies == {"a": "b"}


async def test_an_answer_at_the_limit_is_read_and_one_beyond_is_not(
    client: WebhookClient, asked: Asked
) -> None:
    answers = {"/at": respond(body=b"x" * 65536), "/over": respond(body=b"x" * 65537)}
    async with serve(by_path(answers)) as server:
        at = await client.fetch(asked(server.url("/at")))
        over = await client.fetch(asked(server.url("/over")))
    assert (at.failure, len(at.body)) == (None, 65536)
    assert (over.error_code, over.status) == (11750, 200)


async def test_only_the_status_of_a_callbacks_answer_counts(
    client: WebhookClient, asked: Asked
) -> None:
    answers = {
        "/giant": respond(body=b"x" * 300_000),
        "/not-modified": respond("304 Not Modified"),
        "/gone": respond("410 Gone", body=b"x"),
    }
    async with serve(by_path(answers)) as server:
        outcomes = [
            await client.fetch(asked(server.url(path), reads_body=False)) for path in answers
        ]
    assert [outcome.error_code for outcome in outcomes] == [None, None, 11200]
    assert {outcome.body for outcome in outcomes} == {b""}


@pytest.mark.parametrize(("status", "code"), [("404 N", 11200), ("500 E", 11200), ("304 N", 11200)])
async def test_an_error_status_is_a_failure_with_its_answer(
    client: WebhookClient, asked: Asked, status: str, code: int
) -> None:
    async with serve(respond(status, headers={"Content-Type": "text/plain"})) as server:
        outcome = await client.fetch(asked(server.url()))
    assert (outcome.error_code, outcome.status) == (code, int(status[:3]))
    assert outcome.content_type == "text/plain"
    assert outcome.tries == 1


async def test_an_encoding_that_was_not_asked_for_is_a_protocol_violation(
    client: WebhookClient, asked: Asked
) -> None:
    async with serve(respond(body=b"x", headers={"Content-Encoding": "gzip"})) as server:
        outcome = await client.fetch(asked(server.url()))
    assert outcome.error_code == 11206


async def test_relative_urls_of_an_answer_have_the_url_as_the_customer_wrote_it_for_a_base(
    client: WebhookClient, asked: Asked
) -> None:
    answers = {"/": respond(), "/old": respond("302 Found", headers={"Location": "/"})}
    async with serve(by_path(answers)) as server:
        for path, base in (("/?a=b#rc=0", "/?a=b"), ("/old", "/")):
            url = server.url(path).replace("127.0.0.1", "u:p@127.0.0.1")
            outcome = await client.fetch(asked(url, method=Method.GET))
            assert outcome.base_url == server.url(base).replace("127.0.0.1", "u:p@127.0.0.1")
            assert "u:p" not in outcome.url
            assert "u:p" not in repr(outcome)
