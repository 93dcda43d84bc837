"""Keeps secrets at rest: encrypted where we must use them again, hashed where we only compare."""

import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from smsc.errors import SettingError

_passwords = PasswordHasher()


class Vault:
    """Encrypts and decrypts with `SMSC_SECRET_KEY` (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, secret_key: SecretStr) -> None:
        self._fernet = Fernet(secret_key.get_secret_value())
        self._codes_key = hmac.digest(
            secret_key.get_secret_value().encode(), b"verification codes", "sha256"
        )

    def seal(self, plain: str) -> str:
        """Encrypt a secret for its column."""
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            SettingError: it was sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SettingError(
                "SMSC_SECRET_KEY is not the key that this database's secrets were encrypted with. "
                "Set it to the key of the installation that made the database."
            ) from None

    def digits(self, name: str, length: int) -> str:
        """Derive a code of decimal digits from a name: the same each time, and kept nowhere."""
        digest = hmac.digest(self._codes_key, name.encode(), "sha256")
        return str(int.from_bytes(digest) % 10**length).zfill(length)


def same_text(one: str, other: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def make_token() -> str:
    """Make a secret of Twilio's shape: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def digest_key(secret: str) -> bytes:
    """Hash a random 256-bit key. A slow hash guards guessable secrets; this one is not."""
    return hashlib.sha256(secret.encode()).digest()


def key_matches(secret: str, digest: bytes) -> bool:
    """Compare a random key with its digest in constant time."""
    return hmac.compare_digest(digest_key(secret), digest)


def hash_password(password: str) -> str:
    """Hash a password that a person may have chosen (Argon2id)."""
    return _passwords.hash(password)


@cache
def nobodys_hash() -> str:
    """Return a hash to compare with where nobody has the name: so that takes as long as if one had.

    Made when it is first needed: a start has no tens of milliseconds to spare for it.
    """
    return hash_password("nobody's")


def password_matches(password: str, hashed: str) -> bool:
    """Compare a password with its Argon2id hash: tens of milliseconds, not on an event loop."""
    try:
        return _passwords.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
