"""A URL, taken apart for the wire."""

import re
from base64 import b64encode
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from smsc.webhooks.outcome import Failure, WebhookFault

Origin = tuple[str, str, int]  # scheme, host, port

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ON_THE_WIRE: Final = re.compile(r"[^\x21-\x7e]+")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")
_BRACKETED: Final = re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d*)?", re.ASCII)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL_LIMIT: Final = 8192  # characters; Twilio takes 4000, redirects may be longer


@dataclass(frozen=True)
class Target:
    """Where a request goes, and how its first lines name that.

    Kept by URL, with what is told of it.
    """

    scheme: str
    host: str  # as dialled: ASCII, lower case, without brackets
    port: int
    authority: str  # as the Host header has it: as written, without user and password
    path: str  # with the query; starts with a slash
    fragment: str
    userinfo: str  # user and password as written

    @cached_property
    def origin(self) -> Origin:
        """Return what a connection is kept for."""
        return self.scheme, self.host, self.port

    @cached_property
    def url(self) -> str:
        """Return the URL as requested: without user, password and fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def base_url(self) -> str:
        """Return what relative URLs in its answer are resolved against: with user and password."""
        joint = "@" if self.userinfo else ""
        return f"{self.scheme}://{self.userinfo}{joint}{self.authority}{self.path}"

    @property
    def authorization(self) -> str | None:
        """Return the Authorization header, for a URL with user and password.

        Twilio asks without first and again after a 401; few servers can tell.
        """
        if not self.userinfo:
            return None
        user, _, password = self.userinfo.partition(":")
        secret = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
        return "Basic " + b64encode(secret).decode()

    def with_query(self, query: str) -> "Target":
        """Return the target with `query`, already encoded, behind the query that it has."""
        if not query:
            return self
        joint = "&" if "?" in self.path else "?"
        return replace(self, path=f"{self.path}{joint}{query}")

    def redirected(self, location: str) -> "Target":
        """Return the target that a Location header names, relative ones resolved.

        User and password go along within the origin only.

        Raises:
            WebhookFault: it names none.
        """
        try:
            url = urljoin(self.url, location)
        except ValueError:
            raise _invalid("the redirect's location is malformed") from None
        target = parse_target(url)
        if not target.userinfo and target.origin == self.origin:
            return replace(target, userinfo=self.userinfo)
        return target


def _invalid(why: str) -> WebhookFault:
    return WebhookFault(Failure.INVALID_URL, f"The URL cannot be requested: {why}.")


def _percent_encoded(text: str) -> str:
    # Only what HTTP cannot carry is changed: the customer's server verifies what it sees.
    return _NOT_ON_THE_WIRE.sub(
        lambda found: "".join(f"%{octet:02X}" for octet in found[0].encode(errors="replace")), text
    )


@lru_cache(maxsize=2048)
def parse_target(url: str) -> Target:
    """Take `url` apart. Non-ASCII hosts become IDNA, non-ASCII paths percent-encoded UTF-8.

    Raises:
        WebhookFault: it is no absolute http or https URL.
    """
    if len(url) > _URL_LIMIT:
        raise _invalid(f"it is longer than {_URL_LIMIT} characters")
    if _CONTROL.search(url):  # urlsplit would drop some of them in silence
        raise _invalid("it holds control characters")
    location, _, fragment = url.strip().partition("#")
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError:
        raise _invalid("its host or port is malformed") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise _invalid("it does not start with http:// or https://")
    if "\\" in parts.netloc:
        raise _invalid("its host holds a backslash")  # a slash to browsers: two hosts in one URL
    if port == 0:
        raise _invalid("its port is 0")
    userinfo, _, written = parts.netloc.rpartition("@")
    host, authority = _host(parts.hostname or "", written, port)
    path = _percent_encoded(parts.path or "/")
    if parts.query:
        path += "?" + _percent_encoded(parts.query)
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        authority=authority,
        path=path,
        fragment=fragment,
        userinfo=userinfo,
    )


def _host(hostname: str, written: str, port: int | None) -> tuple[str, str]:
    """Return the host to dial and the Host header's value."""
    if written.startswith("["):
        if not _BRACKETED.fullmatch(written):
            raise _invalid("its host is no IPv6 address")
        try:
            return str(IPv6Address(hostname)), written
        except ValueError:
            raise _invalid("its host is no IPv6 address") from None
    if not hostname.isascii():
        try:
            hostname = hostname.encode("idna").decode()
        except UnicodeError:
            raise _invalid("its host is no domain name") from None
        written = hostname if port is None else f"{hostname}:{port}"
    if not _HOST_NAME.fullmatch(hostname):
        raise _invalid("its host is no domain name")
    return hostname, written
