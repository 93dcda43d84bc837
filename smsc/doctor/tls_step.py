"""What the remote shows over TLS, in words: version, whose certificate, until when."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from smsc.doctor.dialogue import Dialogue
from smsc.doctor.report import Outcome, Report

_SOON: Final = timedelta(days=30)


def report_on_tls(dialogue: Dialogue, report: Report, now: datetime | None = None) -> None:
    """Report on an established TLS connection."""
    assert dialogue.transport is not None  # noqa: S101 it is open
    session: ssl.SSLObject = dialogue.transport.get_extra_info("ssl_object")
    certificate = session.getpeercert() or {}
    version = session.version()
    if not certificate:  # a context that checks nothing is told nothing
        words = f"{version}; the certificate was not checked"
        report.add("TLS", Outcome.WARNING, words)
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    left = ends - (now or datetime.now(UTC))
    words = (
        f"{version}; the certificate is for {names_in(certificate)}, by {_issuer(certificate)}, "
        f"and valid until {ends:%-d %B %Y} ({left.days} days)"
    )
    report.add("TLS", Outcome.WARNING if left < _SOON else Outcome.OK, words)


def names_in(certificate: Mapping[str, Any]) -> str:
    """Return the names that a certificate is for."""
    names = [name for _, name in certificate.get("subjectAltName", ())]
    return ", ".join(names or _values(certificate.get("subject", ()), "commonName")) or "no name"


def _issuer(certificate: Mapping[str, Any]) -> str:
    issuer = certificate.get("issuer", ())
    found = _values(issuer, "organizationName") or _values(issuer, "commonName")
    return ", ".join(found) or "an unnamed authority"


def _values(names: Any, wanted: str) -> list[str]:  # noqa: ANN401 as the ssl module nests them
    return [value for group in names for kind, value in group if kind == wanted]
