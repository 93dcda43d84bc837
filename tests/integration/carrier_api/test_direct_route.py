"""What is answered past the application's layers is answered as within them, on any wire."""

import base64
import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

import orjson
import pytest
import requests

from tests.contract.running_api import HANDSET, SENDER, Customer
from tests.integration.carrier_api.conftest import CarrierApi

FORM = f"To=%2B{HANDSET[1:]}&From=%2B{SENDER[1:]}&Body=Hello"


@pytest.fixture(scope="module")
def customer(idle_carrier_api: CarrierApi) -> Customer:
    return idle_carrier_api.customer


def head(customer: Customer, *lines: str, version: str = "1.1", token: str = "") -> bytes:
    secret = f"{customer.account_sid}:{token or customer.auth_token}"
    path = f"/2010-04-01/Accounts/{customer.account_sid}/Messages.json"
    said = (
        f"POST {path} HTTP/{version}",
        "Host: 127.0.0.1",
        f"Authorization: Basic {base64.b64encode(secret.encode()).decode()}",
        "Content-Type: application/x-www-form-urlencoded",
        *lines,
    )
    return "\r\n".join(said).encode() + b"\r\n\r\n"


def connect(customer: Customer) -> socket.socket:
    parts = urlsplit(customer.api_url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def read(connection: socket.socket) -> tuple[int, str | None, dict[str, object]]:
    """Read one answer: its status, its Connection header, its body."""
    response = HTTPResponse(connection)
    response.begin()
    answer: dict[str, object] = orjson.loads(response.read())
    return response.status, response.getheader("Connection"), answer


def test_requests_that_come_in_one_packet_are_answered_in_turn(customer: Customer) -> None:
    bodies = [f"{FORM}{number}" for number in range(3)]
    octets = b"".join(
        head(customer, f"Content-Length: {len(body)}") + body.encode() for body in bodies
    )
    with connect(customer) as connection:
        connection.sendall(octets)
        # Answers may come in one packet: one reader for all of them.
        reader = connection.makefile("rb")
        texts = []
        for _ in bodies:
            assert b"201" in reader.readline()
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            texts.append(orjson.loads(reader.read(length))["body"])
    assert texts == ["Hello0", "Hello1", "Hello2"]


def test_a_body_in_pieces_after_100_continue_is_taken(customer: Customer) -> None:
    with connect(customer) as connection:
        connection.sendall(head(customer, f"Content-Length: {len(FORM)}", "Expect: 100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(FORM[:10].encode())
        connection.sendall(FORM[10:].encode())
        status, _, answer = read(connection)
    assert (status, answer["body"]) == (201, "Hello")


@pytest.mark.parametrize(
    ("version", "lines"),
    [("1.1", ["Connection: close"]), ("1.0", [])],
    ids=["asked to", "HTTP/1.0"],
)
def test_the_connection_is_closed_where_the_client_wants_it(
    customer: Customer, version: str, lines: list[str]
) -> None:
    with connect(customer) as connection:
        octets = head(customer, f"Content-Length: {len(FORM)}", *lines, version=version)
        connection.sendall(octets + FORM.encode())
        status, said, _ = read(connection)
        assert (status, said) == (201, "close")
        assert connection.recv(1) == b""


def test_a_refusal_before_the_body_leaves_the_connection_usable(customer: Customer) -> None:
    with connect(customer) as connection:
        refused = head(customer, f"Content-Length: {len(FORM)}", token="wrong")
        connection.sendall(refused + FORM.encode())
        status, _, answer = read(connection)
        assert (status, answer["code"]) == (401, 20003)
        connection.sendall(head(customer, f"Content-Length: {len(FORM)}") + FORM.encode())
        assert read(connection)[0] == 201


@pytest.mark.parametrize(
    ("form", "token"),
    [(FORM, "wrong"), ("From=%2B15075550123&Body=x", ""), ("To=%00", ""), ("", "")],
    ids=["wrong token", "no To", "U+0000", "no body"],
)
def test_a_refusal_reads_as_that_of_the_route_within_the_layers(
    customer: Customer, form: str, token: str
) -> None:
    direct, layered = answers_of_both(customer, form, token)
    assert direct == layered


def test_an_acceptance_has_the_headers_of_that_of_the_route_within_the_layers(
    customer: Customer,
) -> None:
    direct, layered = answers_of_both(customer, FORM, "")
    assert direct[0] == 201
    assert direct[:2] == layered[:2]


def answers_of_both(
    customer: Customer, form: str, token: str
) -> list[tuple[int, dict[str, str], str]]:
    """Return status, headers and text of the direct route's answer, then of the other's."""
    answers = []
    for suffix in (".json", ""):
        answer = requests.post(
            f"{customer.api_url}/2010-04-01/Accounts/{customer.account_sid}/Messages{suffix}",
            data=form,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            auth=(customer.account_sid, token or customer.auth_token),
            timeout=10,
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        for of_each_answer in ("date", "twilio-request-id"):
            del headers[of_each_answer]
        answers.append((answer.status_code, headers, answer.text))
    return answers
