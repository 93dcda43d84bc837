"""HTTPS: which servers are believed."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import Failure, WebhookRequest
from tests.integration.webhooks.web_server import raw, respond, serve

Asked = Callable[..., WebhookRequest]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a self-signed certificate of hooks.example and 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("hooks.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def loopback(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_a_trusted_server_is_asked_and_its_connection_kept(
    certificate: Path, server_context: ssl.SSLContext, asked: Asked
) -> None:
    names: list[str | None] = []
    server_context.sni_callback = lambda _socket, name, _context: names.append(name)
    client = WebhookClient(
        allow_private=True,
        resolver=loopback,
        ssl_context=ssl.create_default_context(cafile=certificate),
    )
    async with serve(respond(body=b"x"), server_context) as server:
        url = server.url("/", scheme="https", host="hooks.example")
        for _ in range(2):
            outcome = await client.fetch(asked(url))
            assert (outcome.failure, outcome.body) == (None, b"x")
        assert server.connections == 1
        assert names == ["hooks.example"]
    await client.aclose()


async def test_an_address_in_the_url_is_matched_with_the_certificate(
    certificate: Path, server_context: ssl.SSLContext, asked: Asked
) -> None:
    client = WebhookClient(
        allow_private=True, ssl_context=ssl.create_default_context(cafile=certificate)
    )
    async with serve(respond(), server_context) as server:
        outcome = await client.fetch(asked(server.url(scheme="https")))
    await client.aclose()
    assert outcome.failure is None


@pytest.mark.parametrize(
    ("host", "trusted"),
    [("hooks.example", False), ("other.example", True)],
    ids=["self-signed", "another name"],
)
async def test_a_certificate_that_is_not_valid_is_refused(
    certificate: Path, server_context: ssl.SSLContext, asked: Asked, host: str, *, trusted: bool
) -> None:
    context = ssl.create_default_context(cafile=certificate) if trusted else None
    client = WebhookClient(allow_private=True, resolver=loopback, ssl_context=context)
    async with serve(respond(), server_context) as server:
        outcome = await client.fetch(asked(server.url(scheme="https", host=host)))
        assert not server.requests
    await client.aclose()
    assert (outcome.failure, outcome.error_code) == (Failure.CERTIFICATE, 11237)
    assert outcome.tries == 1


async def test_a_server_that_speaks_no_tls_is_a_handshake_failure(
    client: WebhookClient, asked: Asked
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await client.fetch(asked(f"https://127.0.0.1:{port}/#rc=0"))
    assert (outcome.failure, outcome.error_code) == (Failure.TLS, 11220)


async def test_a_server_that_never_shakes_hands_runs_into_the_connect_timeout(
    client: WebhookClient, asked: Asked
) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await client.fetch(asked(f"https://127.0.0.1:{port}/#rc=0&ct=100"))
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECT_TIMED_OUT, 11205)


async def test_an_answer_without_a_length_ends_with_the_tls_connection(
    certificate: Path, server_context: ssl.SSLContext, asked: Asked
) -> None:
    client = WebhookClient(
        allow_private=True, ssl_context=ssl.create_default_context(cafile=certificate)
    )
    async with serve(raw(b"HTTP/1.1 200 OK\r\n\r\nx", then="close"), server_context) as server:
        outcome = await client.fetch(asked(server.url(scheme="https")))
    await client.aclose()
    assert (outcome.failure, outcome.body) == (None, b"x")
