"""TLS contexts for SMPP over TLS, made of certificates as text."""

import ssl
import tempfile
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1024)
def client_context(
    authorities: str | None = None, certificate: str | None = None, key: str | None = None
) -> ssl.SSLContext:
    """Make the context of a bind of ours; TLS 1.2 at least, the remote's name is checked.

    All are PEM texts. Without `authorities` the system's roots are trusted, with them only they.
    `certificate` (its chain behind it) and `key` are shown to remotes that ask for them. The same
    arguments give the same context, so that two configurations compare as equal.

    Raises:
        ValueError: one of them is not what it should be, or the key is another certificate's.
    """
    try:
        context = ssl.create_default_context(cadata=authorities)
    except ssl.SSLError as error:
        raise ValueError(f"the certificate authorities are no PEM certificates: {error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        # OpenSSL reads a certificate and its key from files alone.
        with tempfile.TemporaryDirectory(prefix="smsc-tls-") as folder:
            path = Path(folder) / "client.pem"
            path.touch(mode=0o600)
            path.write_text(f"{key or ''}\n{certificate}\n")
            try:
                context.load_cert_chain(path)
            except ssl.SSLError as error:
                raise ValueError(
                    f"the client certificate and its key don't make a pair in PEM: {error}"
                ) from None
    return context


def server_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Make the context of our listener; TLS 1.2 at least.

    `certificate` is a PEM file with its chain behind it; without `key` it holds the key, too.

    Raises:
        ValueError: the files can't be read, or are no pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"{certificate} and its key can't be used: {error}") from None
    return context


def reason(error: ssl.SSLError) -> str:
    """Say in words why no TLS session came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the remote's certificate is refused: {error.verify_message}"
    return f"no TLS: {error.reason or error}"
