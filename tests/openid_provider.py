"""An OpenID Connect provider on loopback: ours, small, with keys of its own and every fault."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT_ID = "smsc"
CLIENT_SECRET = "s3cret: with/odd characters"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass
class SigningKey:
    """A private key, and what the provider shows of it."""

    kid: str
    algorithm: str
    private: PrivateKey

    @classmethod
    def make(cls, algorithm: str) -> "SigningKey":
        private: PrivateKey = (
            rsa.generate_private_key(65537, 2048)
            if algorithm.startswith("RS")
            else ec.generate_private_key(ec.SECP256R1())
        )
        return cls(secrets.token_hex(4), algorithm, private)

    @property
    def public(self) -> dict[str, Any]:
        key = self.private.public_key()
        shown = (
            RSAAlgorithm.to_jwk(key, as_dict=True)
            if isinstance(key, rsa.RSAPublicKey)
            else ECAlgorithm.to_jwk(key, as_dict=True)
        )
        return {**shown, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid})


@dataclass
class OpenIdProvider:
    """Lets everybody in at once; tests say who it is, and what is wrong."""

    issuer: str = ""
    key: SigningKey = field(default_factory=lambda: SigningKey.make("ES256"))
    claims: dict[str, Any] = field(default_factory=dict)  # in the place of what is right
    told: dict[str, Any] | None = None  # by the userinfo endpoint; None: it has none
    signed_by: SigningKey | None = None  # a key that it doesn't show
    tampered: bool = False  # a claim is changed behind the signature
    error: str | None = None  # what it sends back in the place of a code
    broken: bool = False  # it answers 500
    methods: tuple[str, ...] = ("client_secret_basic",)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by code
    key_requests: int = 0

    def be_well(self, email: str) -> None:
        """Vouch for this person, without a fault."""
        self.claims = {"email": email, "email_verified": True}
        self.told, self.signed_by, self.error = None, None, None
        self.tampered = self.broken = False
        self.methods = ("client_secret_basic",)

    def configuration(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": list(self.methods),
        }
        if self.told is not None:
            said["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return said

    def authorize(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.asked[code] = query
        back = {"error": self.error} if self.error else {"code": code}
        return f"{query['redirect_uri']}?{urlencode({**back, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        asked = self.asked.pop(form.get("code", ""), None)
        pair = f"{CLIENT_ID}:{urlencode({'s': CLIENT_SECRET})[2:]}"
        by_header = authorization == "Basic " + base64.b64encode(pair.encode()).decode()
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        is_client = by_header if "client_secret_basic" in self.methods else by_form
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or not is_client
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return None
        return {"id_token": self.id_token(asked["nonce"]), "access_token": "of userinfo"}

    def id_token(self, nonce: str) -> str:
        now = datetime.now(UTC)
        right = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT_ID,
            "exp": now + timedelta(minutes=5),
            "iat": now,
            "nonce": nonce,
        }
        token = (self.signed_by or self.key).sign(right | self.claims)
        if not self.tampered:
            return token
        head, body, signature = token.split(".")
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        changed = json.dumps(said | {"sub": "2"}).encode()
        return f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """Serve a provider on a free port of loopback until the block ends."""
    provider = OpenIdProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if provider.broken:
                self._answer(500, {})
            elif url.path == "/.well-known/openid-configuration":
                self._answer(200, provider.configuration())
            elif url.path == "/keys":
                provider.key_requests += 1
                self._answer(200, {"keys": [provider.key.public]})
            else:
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(url.query))))
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            authorization = self.headers.get("Authorization", "")
            if provider.broken:
                self._answer(500, {})
            elif self.path == "/token":
                answer = provider.token(dict(parse_qsl(body)), authorization)
                refusal = {"error": "invalid_grant", "error_description": "unknown code"}
                self._answer(400 if answer is None else 200, answer or refusal)
            else:
                assert authorization == "Bearer of userinfo"
                self._answer(200, provider.told or {})

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            octets = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
