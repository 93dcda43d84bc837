"""Certificates for loopback, made when a test runs."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make(
    folder: Path, *names: str, valid_for: dt.timedelta = dt.timedelta(hours=1)
) -> tuple[str, str]:
    """Return a self-signed certificate for these names or addresses, and its key, as PEM texts.

    With a negative `valid_for` it has expired.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    alternatives = [_alternative(name) for name in names]
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + valid_for)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certificate = signed.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(private + certificate)
    return certificate.decode(), private.decode()


def server_context(folder: Path, *, client_ca: str | None = None) -> ssl.SSLContext:
    """Return the context of a server with the certificate that `make` left in the folder."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=client_ca)
    context.load_cert_chain(folder / "server.pem")
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
