"""What is too long, too deep, too slow or no text is refused before it costs anything."""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from api import limited_requests
from tests.contract.running_api import Customer

MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"


@contextmanager
def connected(customer: Customer) -> Iterator[socket.socket]:
    parts = urlsplit(customer.api_url)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, str]:
    """Return status and sentence of the one answer, after which the connection ends."""
    response = HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())["message"]


FORM = "application/x-www-form-urlencoded"


def head(customer: Customer, *lines: str, path: str = MESSAGES, kind: str = FORM) -> bytes:
    said = (
        f"POST {path.format(account=customer.account_sid)} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {kind}",
        *lines,
    )
    return "\r\n".join(said).encode() + b"\r\n\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n",
        b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 400_000,
        b"GET /" + b"x" * 400_000,
    ],
    ids=["101 headers", "a long URL", "a header without end", "a URL without end"],
)
def test_a_head_that_is_too_large_is_refused_and_its_connection_closed(
    idle_customer: Customer, octets: bytes
) -> None:
    with connected(idle_customer) as connection:
        with suppress(ConnectionError):  # it may close before it has all of it
            connection.sendall(octets)
        # What was sent behind its answer may reset the connection: that is an end, too.
        with suppress(ConnectionError):
            status, sentence = answer(connection)
            assert status == 431
            assert "more than 100 headers" in sentence
            assert connection.recv(1) == b""


def test_what_is_no_http_is_refused_in_the_shape_of_every_refusal(idle_customer: Customer) -> None:
    with connected(idle_customer) as connection:
        connection.sendall(b"\x00\x00\x00\x10\x80\x00\x00\x00garbage\r\n\r\n")
        assert answer(connection) == (400, "This is no HTTP request.")


def test_a_head_that_does_not_end_is_waited_for_no_longer_than_its_time(
    idle_customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_requests, "HEAD_SECONDS", 0.2)
    with connected(idle_customer) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        status, sentence = answer(connection)
        assert (status, "did not come within" in sentence) == (408, True)
    with connected(idle_customer) as silent:
        assert silent.recv(1) == b""


def test_a_kept_connection_is_not_closed_for_its_earlier_requests_time(
    idle_customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_requests, "HEAD_SECONDS", 0.5)
    with connected(idle_customer) as connection:
        for _ in range(4):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(20)
            connection.sendall(b"\r\n")
            response = HTTPResponse(connection)
            response.begin()
            assert (response.status, bool(response.read())) == (200, True)


def test_a_body_that_is_announced_too_long_is_refused_before_any_of_it_comes(
    idle_customer: Customer,
) -> None:
    with connected(idle_customer) as connection:
        connection.sendall(
            head(idle_customer, "Content-Length: 1000000000", authorized(idle_customer))
        )
        assert answer(connection)[0] == 413


def test_a_body_without_a_length_is_read_up_to_the_limit_alone(idle_customer: Customer) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with connected(idle_customer) as connection:
        connection.sendall(
            head(idle_customer, "Transfer-Encoding: chunked", authorized(idle_customer))
        )
        connection.sendall(chunk * 2)
        assert answer(connection)[0] == 413


@pytest.mark.parametrize(
    ("path", "kind"),
    [(MESSAGES, FORM), ("/v1/Messages/Bulk", "application/x-ndjson")],
    ids=["in memory", "spooled"],
)
def test_a_body_that_stops_to_come_is_waited_for_no_longer_than_its_time(
    idle_customer: Customer, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    monkeypatch.setattr(limited_requests, "PIECE_SECONDS", 0.2)
    with connected(idle_customer) as connection:
        lines = ("Content-Length: 100", authorized(idle_customer))
        connection.sendall(head(idle_customer, *lines, path=path, kind=kind) + b"To=")
        assert answer(connection)[0] == 408


def authorized(customer: Customer) -> str:
    secret = b64encode(f"{customer.account_sid}:{customer.auth_token}".encode()).decode()
    return f"Authorization: Basic {secret}"


@pytest.mark.parametrize(
    "body",
    [
        b'{"friendly_name": "\\ud800"}',
        b'{"friendly_name": "\\udc00\\ud800"}',
        b'{"friendly_name": "\xed\xa0\x80"}',
        b'{"friendly_name": "\xff"}',
        b'{"\\ud800": 1}',
        b'{"friendly_name": "\\u0000"}',
        b"[" * 30_000,
        b'{"friendly_name": ' * 3_000 + b"1" + b"}" * 3_000,
        b'{"friendly_name": ["\\u0000", ' + b"[" * 900 + b"]" * 900 + b"]}",
        b'{"a": ' * 400 + b'"\\u0000"' + b"}" * 400,
        b'{"requests_per_second": 1e999999}',
        b'{"requests_per_second": NaN}',
        b'{"requests_per_second": ' + b"9" * 60_000 + b"}",
        b"[]",
        b"",
    ],
    ids=[
        *("a lone surrogate", "two in the wrong order", "one in UTF-8", "no UTF-8", "in a name"),
        *("U+0000", "deep lists", "deep objects", "U+0000 beside a depth", "U+0000 at a depth"),
        *("infinity", "no number", "a long number", "a list", "nothing"),
    ],
)
def test_json_that_is_no_text_too_deep_or_no_number_is_400(
    idle_customer: Customer, body: bytes
) -> None:
    refused = requests.post(
        f"{idle_customer.api_url}/carrier/v1/accounts",
        data=body,
        headers={
            "Authorization": f"Bearer {idle_customer.bearer}",
            "Content-Type": "application/json",
        },
        timeout=20,
    )
    assert refused.status_code == 400, refused.text
    assert refused.json()["code"] == 20001


@pytest.mark.parametrize("octets", ["%ED%A0%80", "%FF", "%00", "%C0%80"])
@pytest.mark.parametrize("where", ["form", "query of the API", "query of the carrier"])
def test_a_parameter_that_is_no_text_is_400(
    idle_customer: Customer, where: str, octets: str
) -> None:
    account = (idle_customer.account_sid, idle_customer.auth_token)
    url = idle_customer.api_url
    path = MESSAGES.format(account=idle_customer.account_sid)
    arguments: dict[str, Any] = {}
    if where == "form":
        method, url = "POST", f"{url}{path}"
        arguments |= {"data": f"To=%2B85512345678&From={idle_customer.sender}&Body={octets}"}
        arguments |= {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
        arguments |= {"auth": account}
    elif where == "query of the API":
        method, url = "GET", f"{url}{path}?To={octets}"
        arguments |= {"auth": account}
    else:
        method, url = "GET", f"{url}/carrier/v1/phone_numbers?phone_number={octets}"
        arguments |= {"headers": {"Authorization": f"Bearer {idle_customer.bearer}"}}
    assert requests.request(method, url, timeout=20, **arguments).status_code == 400


def test_more_than_a_hundred_parameters_are_400(idle_customer: Customer) -> None:
    for method in ("GET", "POST"):
        refused = requests.request(
            method,
            idle_customer.api_url + MESSAGES.format(account=idle_customer.account_sid),
            auth=(idle_customer.account_sid, idle_customer.auth_token),
            params={f"p{n}": "1" for n in range(101)} if method == "GET" else None,
            data={f"p{n}": "1" for n in range(101)} if method == "POST" else None,
            timeout=20,
        )
        assert refused.status_code == 400
        assert "more than 100 parameters" in refused.json()["message"]
