"""Says whether an `X-Twilio-Signature` fits a request, and if not, what was done otherwise."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus, urlsplit, urlunsplit

import orjson

from smsc.webhooks.payload import Params, form_of
from smsc.webhooks.signature import sign

_PORTS: Final = {"http": 80, "https": 443}


class Difference(StrEnum):
    """What was signed otherwise than it should be; the signature fits if this is undone."""

    NONE = "none"
    SCHEME = "scheme"
    PORT = "port"
    TRAILING_SLASH = "trailing slash"
    QUERY_LOST = "query lost"
    QUERY_DECODED = "query decoded"
    NO_PARAMETERS = "no parameters"
    PARAMETERS_UNSORTED = "parameters unsorted"
    PARAMETERS_STRIPPED = "parameters stripped"
    PARAMETERS_ENCODED = "parameters encoded"
    EMPTY_LEFT_OUT = "empty parameters left out"
    BODY = "raw body"
    SHA256 = "sha256"
    HEX = "hex"
    SECOND_TOKEN = "second token"  # noqa: S105 no secret, a word for one
    TEST_TOKEN = "test token"  # noqa: S105 as above
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an account may sign with; the first is what its webhooks are signed with."""

    primary: str
    secondary: str | None = None
    test: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What was computed, step by step, and how it compares with what was given."""

    signed: str  # the octets that are signed, as text
    expected: str
    difference: Difference | None  # None: nothing was given to compare with


def read_params(text: str) -> Params:
    """Read parameters as people have them: a form, `name=value` lines, or a flat JSON object.

    Raises:
        ValueError: JSON that is no object of texts.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        value = orjson.loads(stripped)
        return [(str(name), "" if one is None else str(one)) for name, one in value.items()]
    if "\n" in stripped:
        lines = [line for line in stripped.splitlines() if line.strip()]
        return [_cut(line) for line in lines]
    pairs = [pair.partition("=") for pair in stripped.split("&") if pair]
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def check(tokens: Tokens, url: str, params: Params, given: str) -> Check:
    """Compute the signature of a request and compare it with `given`, in any of its usual mistakes.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    signed = url.partition("#")[0] + form_of(params).signed
    expected = sign(tokens.primary, url, form_of(params))
    given = given.strip()
    if not given:
        return Check(signed, expected, None)
    return Check(signed, expected, _difference(tokens, url, params, given))


def _difference(tokens: Tokens, url: str, params: Params, given: str) -> Difference:
    if hmac.compare_digest(sign(tokens.primary, url, form_of(params)), given):
        return Difference.NONE
    others = [(Difference.SECOND_TOKEN, tokens.secondary), (Difference.TEST_TOKEN, tokens.test)]
    for difference, token in others:
        if token is not None and sign(token, url, form_of(params)) == given:
            return difference
    for difference, text in _variants(url, params):
        if _digest(tokens.primary, text, "sha1") == given:
            return difference
    text = url + form_of(params).signed
    if _digest(tokens.primary, text, "sha256") == given:
        return Difference.SHA256
    key, octets = tokens.primary.encode(), text.encode()
    if hmac.new(key, octets, hashlib.sha1).hexdigest() == given.lower():
        return Difference.HEX
    return Difference.UNKNOWN


def _variants(url: str, params: Params) -> Iterator[tuple[Difference, str]]:
    """Yield what programs behind proxies and frameworks sign by mistake."""
    signed = form_of(params).signed
    for difference, other in _other_urls(url):
        yield difference, other + signed
    yield Difference.NO_PARAMETERS, url
    yield Difference.PARAMETERS_UNSORTED, url + _joined(params)
    stripped = sorted((name, value.strip()) for name, value in params)
    yield Difference.PARAMETERS_STRIPPED, url + _joined(stripped)
    kept = [(name, value) for name, value in params if value]
    yield Difference.EMPTY_LEFT_OUT, url + form_of(kept).signed
    yield Difference.BODY, url + form_of(params).encoded
    encoded = [tuple(pair.split("=", 1)) for pair in form_of(params).encoded.split("&") if pair]
    yield Difference.PARAMETERS_ENCODED, url + _joined(sorted(encoded))


def _other_urls(url: str) -> Iterator[tuple[Difference, str]]:
    parts = urlsplit(url)
    other = "http" if parts.scheme == "https" else "https"
    yield Difference.SCHEME, urlunsplit(parts._replace(scheme=other))
    host = parts.hostname or ""
    bare = urlunsplit(parts._replace(netloc=host))
    yield Difference.PORT, bare
    for scheme, port in _PORTS.items():
        if scheme == parts.scheme:
            yield Difference.PORT, urlunsplit(parts._replace(netloc=f"{host}:{port}"))
    path = parts.path[:-1] if parts.path.endswith("/") else parts.path + "/"
    yield Difference.TRAILING_SLASH, urlunsplit(parts._replace(path=path))
    yield Difference.QUERY_LOST, urlunsplit(parts._replace(query=""))
    yield Difference.QUERY_DECODED, unquote_plus(url)


def _cut(line: str) -> tuple[str, str]:
    """Cut a line at what stands between name and value: `=`, or `: ` as frameworks print it."""
    name, equals, value = line.rstrip("\r").partition("=")
    if not equals:
        name, _, value = name.partition(":")
        value = value.removeprefix(" ")
    return name.strip(), value


def _joined(params: Sequence[tuple[str, ...]]) -> str:
    return "".join("".join(pair) for pair in params)


def _digest(token: str, text: str, name: str) -> str:
    return b64encode(hmac.digest(token.encode(), text.encode(errors="replace"), name)).decode()
