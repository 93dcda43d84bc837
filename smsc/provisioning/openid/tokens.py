"""ID tokens: whether one is the provider's, for us, for this sign-in; and whom it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from smsc.errors import GatewayError
from smsc.vault import same_text

# Signatures that only a holder of a private key can make: a shared secret is a password, and
# "none" is nobody's. Source: RFC 8725 §3.1, §3.2.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
CLOCKS_APART: Final = timedelta(seconds=60)
# Values of `amr` that tell of more than one factor. Source: RFC 8176 §2.
_MANY_FACTORS: Final = "mfa"
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")


class TokenRefused(GatewayError):
    """An ID token that proves nothing."""

    http_status = 401


class KeyUnknown(TokenRefused):
    """It names a key that the provider doesn't show: perhaps one that it has just made."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token of this sign-in has to say."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of a person."""

    subject: str
    email: str | None
    is_verified: bool  # the provider knows that the address is theirs
    name: str
    has_many_factors: bool


def check(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> Claims:
    """Return what an ID token says, if its signature is one of `keys`, and it is for this sign-in.

    Source: OpenID Connect Core 1.0 §3.1.3.7.

    Raises:
        KeyUnknown: none of the keys is the one that it names.
        TokenRefused: it is forged, expired, for somebody else or of another sign-in.
    """
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise TokenRefused(f"it is signed by {algorithm!r}, which we don't take")
        payload = jwt.decode(
            token,
            _key_of(keys, header.get("kid"), algorithm),
            algorithms=[algorithm],
            audience=expected.client_id,
            issuer=expected.issuer,
            leeway=CLOCKS_APART,
            options={"require": list(_REQUIRED)},
        )
    except PyJWTError as error:
        raise TokenRefused(str(error)) from error
    _require_for_us(payload, expected)
    return claims_of(payload)


def claims_of(payload: Mapping[str, Any]) -> Claims:
    """Read what a token, or an answer of the userinfo endpoint, says of a person."""
    email, name, methods = payload.get("email"), payload.get("name"), payload.get("amr")
    return Claims(
        subject=str(payload.get("sub", "")),
        email=email.lower() if isinstance(email, str) and email else None,
        # Some providers write the boolean as a text.
        is_verified=payload.get("email_verified") in (True, "true"),
        name=name if isinstance(name, str) else "",
        has_many_factors=isinstance(methods, list) and _MANY_FACTORS in methods,
    )


def _require_for_us(payload: Mapping[str, Any], expected: Expected) -> None:
    """Make sure of what the library doesn't know.

    Raises:
        TokenRefused: it was issued to another client, or for another sign-in.
    """
    audience, party = payload["aud"], payload.get("azp")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise TokenRefused("it is for several, and doesn't say to whom it was given (azp)")
    if party is not None and party != expected.client_id:
        raise TokenRefused("it was given to another client (azp)")
    if not same_text(str(payload.get("nonce", "")), expected.nonce):
        raise TokenRefused("it is of another sign-in (nonce)")


def _key_of(keys: Sequence[Mapping[str, Any]], kid: object, algorithm: str) -> PyJWK:
    """Return the key that a token is signed with.

    Raises:
        KeyUnknown: it isn't there.
    """
    fitting = [
        key
        for key in keys
        if key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and key.get("kty") == _KINDS[algorithm[:2]]
        and (kid is None or key.get("kid") == kid)
    ]
    if not fitting or (kid is None and len(fitting) > 1):
        raise KeyUnknown("it is signed with a key that the provider doesn't show")
    return PyJWK(dict(fitting[0]), algorithm=algorithm)


_KINDS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
