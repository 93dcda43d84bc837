"""SMPP over TLS, both ends ours."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smsc.smpp.server import SmppServer
from tests.integration.smpp.owners import Customer, Smsc, binding, bound, config, eventually


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a key and a certificate for 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smsc test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def started(smsc: Smsc, certificate: Path) -> SmppServer[str, str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server: SmppServer[str, str] = SmppServer(smsc)
    await server.start("127.0.0.1", 0, context)
    return server


async def test_messages_pass_through_tls(certificate: Path) -> None:
    smsc, customer = Smsc(), Customer()
    server = await started(smsc, certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    async with bound(customer, config(server.port, ssl_context=trusting)):
        customer.send(*[str(i) for i in range(30)])
        await eventually(lambda: len(customer.results) == 30)
    await server.stop(dt.timedelta(seconds=1))


async def test_a_certificate_that_is_not_trusted_is_said_so(certificate: Path) -> None:
    smsc, customer = Smsc(), Customer()
    server = await started(smsc, certificate)
    wary = ssl.create_default_context()
    async with binding(customer, config(server.port, ssl_context=wary)) as esme:
        await eventually(lambda: "certificate verify failed" in esme.reason)
    await server.stop(dt.timedelta(seconds=1))
    assert smsc.sessions == []
