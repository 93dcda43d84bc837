"""What we ask of a provider: its configuration, its keys, a token for a code, whom it is about.

All of it goes by the client of webhooks, which keeps out of private networks.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import orjson

from smsc.errors import GatewayError
from smsc.provisioning.fields import is_web_url
from smsc.provisioning.openid.tokens import Claims, Expected, KeyUnknown, TokenRefused, check
from smsc.provisioning.openid.tokens import claims_of as read_claims
from smsc.webhooks.client import WebhookClient
from smsc.webhooks.outcome import Method, WebhookOutcome, WebhookRequest
from smsc.webhooks.payload import form_of

FRESH_SECONDS: Final = 600.0  # how long configuration and keys are remembered
MOST_REMEMBERED: Final = 1000  # issuers
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")


class ProviderAway(GatewayError):
    """A provider can't be reached, or answers nonsense; `message` says what."""

    http_status = 502
    retryable = True


class CodeRefused(GatewayError):
    """A provider doesn't take the code, or us; `message` says what it answered."""

    http_status = 401


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to a provider."""

    issuer: str
    client_id: str
    client_secret: str | None  # None: a public client
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in: what was sent with the browser, and has to come back."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str  # whose hash went with the browser: the code is worth nothing without it

    @property
    def challenge(self) -> str:
        """What of the verifier the browser carries. Source: RFC 7636 §4.2."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(slots=True)
class _Known:
    configuration: Mapping[str, Any]
    asked_at: float
    keys: list[Mapping[str, Any]] = field(default_factory=list)


class RelyingParty:
    """Asks providers for one process."""

    def __init__(self, client: WebhookClient) -> None:
        self._client = client
        self._known: dict[str, _Known] = {}

    async def probe(self, issuer: str) -> None:
        """Make sure that a provider answers as one.

        Raises:
            ProviderAway: it doesn't.
        """
        self._known.pop(issuer, None)
        await self._keys(await self._of(issuer))

    async def leave_url(self, client: Client, sign_in: SignIn) -> str:
        """Return where the browser goes to sign in.

        Raises:
            ProviderAway: the provider can't be asked where that is.
        """
        known = await self._of(client.issuer)
        query = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": sign_in.redirect_uri,
            "scope": " ".join(client.scopes),
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            "code_challenge": sign_in.challenge,
            "code_challenge_method": "S256",
        }
        url = str(known.configuration["authorization_endpoint"])
        return url + ("&" if urlsplit(url).query else "?") + urlencode(query, quote_via=quote)

    async def claims_of(self, client: Client, sign_in: SignIn, code: str) -> Claims:
        """Return whom a code is about.

        Raises:
            ProviderAway: the provider doesn't answer.
            CodeRefused: it doesn't take the code.
            TokenRefused: its token proves nothing.
        """
        known = await self._of(client.issuer)
        answer = await self._exchange(known, client, sign_in, code)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("there is none in the provider's answer")
        expected = Expected(client.issuer, client.client_id, sign_in.nonce)
        try:
            claims = check(token, known.keys or await self._keys(known), expected)
        except KeyUnknown:  # it has other keys since we asked
            claims = check(token, await self._keys(known), expected)
        if claims.email is None:
            return await self._told_of(known, answer.get("access_token"), claims)
        return claims

    async def _exchange(
        self, known: _Known, client: Client, sign_in: SignIn, code: str
    ) -> Mapping[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sign_in.redirect_uri,
            "code_verifier": sign_in.verifier,
        }
        headers = [_FORM, ("Accept", "application/json")]
        # What a provider doesn't say it takes is this. Source: OpenID Connect Discovery 1.0 §3.
        methods = known.configuration.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        if client.client_secret is None:
            fields["client_id"] = client.client_id
        elif "client_secret_basic" in methods:
            # Both are form-encoded before they are joined. Source: RFC 6749 §2.3.1.
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
            headers.append(("Authorization", "Basic " + base64.b64encode(pair.encode()).decode()))
        else:
            fields |= {"client_id": client.client_id, "client_secret": client.client_secret}
        outcome = await self._post(known.configuration["token_endpoint"], fields, headers)
        if outcome.status is not None and 400 <= outcome.status < 500:
            raise CodeRefused(_complaint_in(outcome))
        return _document(outcome)

    async def _told_of(self, known: _Known, token: object, claims: Claims) -> Claims:
        """Ask the userinfo endpoint for what the ID token left out.

        Source: OpenID Connect Core 1.0 §5.3.
        """
        url = known.configuration.get("userinfo_endpoint")
        if url is None or not isinstance(token, str) or not token.isprintable():
            return claims
        _require_like(str(known.configuration["issuer"]), url)
        outcome = await self._post(url, {}, [_FORM, ("Authorization", f"Bearer {token}")])
        told = read_claims(_document(outcome))
        if told.subject != claims.subject:
            raise TokenRefused("the provider's userinfo is about somebody else")
        return Claims(
            claims.subject,
            told.email,
            told.is_verified,
            claims.name or told.name,
            claims.has_many_factors,
        )

    async def _of(self, issuer: str) -> _Known:
        """Return what a provider says of itself, lately.

        Source: OpenID Connect Discovery 1.0 §4.
        """
        known = self._known.get(issuer)
        if known is not None and time.monotonic() - known.asked_at < FRESH_SECONDS:
            return known
        said = await self._get(issuer.rstrip("/") + _WELL_KNOWN)
        if said.get("issuer") != issuer:
            raise ProviderAway(f"it says that it is {said.get('issuer')!r}, not {issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _require_like(issuer, said.get(name))
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[issuer] = _Known(said, time.monotonic())
        return self._known[issuer]

    async def _keys(self, known: _Known) -> list[Mapping[str, Any]]:
        said = (await self._get(known.configuration["jwks_uri"])).get("keys")
        if not isinstance(said, list):
            raise ProviderAway("its keys are none")
        known.keys = [key for key in said if isinstance(key, dict)]
        return known.keys

    async def _get(self, url: str) -> Mapping[str, Any]:
        request = WebhookRequest(
            url, form_of([]), None, "", method=Method.GET, follows_redirects=False
        )
        return _document(await self._client.fetch(request))

    async def _post(
        self, url: str, fields: Mapping[str, str], headers: list[tuple[str, str]]
    ) -> WebhookOutcome:
        body = urlencode(fields).encode()
        request = WebhookRequest(
            url, form_of([]), None, "", raw=(body, tuple(headers)), follows_redirects=False
        )
        return await self._client.fetch(request)


def _document(outcome: WebhookOutcome) -> Mapping[str, Any]:
    if outcome.failure is not None:
        raise ProviderAway(f"{urlsplit(outcome.url).hostname}: {outcome.error}")
    try:
        said = orjson.loads(outcome.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise ProviderAway(f"{urlsplit(outcome.url).hostname}: the answer is no JSON object.")
    return said


def _complaint_in(outcome: WebhookOutcome) -> str:
    """Return the error that a token endpoint answered with. Source: RFC 6749 §5.2."""
    try:
        said = orjson.loads(outcome.body)
        return f"{said['error']} {said.get('error_description', '')}".strip()[:200]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return f"status {outcome.status}"


def _require_like(issuer: str, url: object) -> None:
    """Make sure that an endpoint is a URL, and as well guarded as its issuer.

    Raises:
        ProviderAway: it isn't.
    """
    if not isinstance(url, str) or not is_web_url(url) or "#" in url:
        raise ProviderAway(f"its configuration names no usable URL: {url!r}")
    if issuer.startswith("https:") and not url.startswith("https:"):
        raise ProviderAway(f"its configuration leads out of TLS: {url}")


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
